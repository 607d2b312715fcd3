/** Carries out what is due: everything once, in the order of its instants, however late it is. */
import type { Due } from "./library-agenda.ts";
import { record } from "./library-audit.ts";
import { end } from "./library-booking.ts";
import { entryOf, expireOffer } from "./library-offers.ts";
import type { LibraryState } from "./library-state.ts";
import { removeEntry, stopWaiting } from "./library-waitlist.ts";
import type { ApplyContext } from "./machine.ts";

export function nextDue({ agenda }: LibraryState): number | undefined {
  return agenda.minKey()?.at;
}

/** What comes about is due later, or is one entry fewer on the waitlist: it ends. */
export function settle(state: LibraryState, context: ApplyContext): void {
  for (let due = state.agenda.minKey(); due !== undefined && due.at <= context.now; due = state.agenda.minKey()) {
    carryOut(state, due, context);
  }
}

function carryOut(state: LibraryState, { kind, id }: Due, context: ApplyContext): void {
  switch (kind) {
    case "reservation":
      return end(state, id, context);
    case "offer":
      return expireOffer(state, id, context);
    case "entry": {
      const entry = entryOf(state, id);
      stopWaiting(state, entry);
      removeEntry(state, entry);
      record(state, "dropped", { seat: entry.seat }, context);
    }
  }
}
