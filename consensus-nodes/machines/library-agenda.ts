/** What falls due, and when: the next first. Among what is due at one instant, those who give up come before those who may gain. */

import type { Limits, Offer, Reservation, WaitlistEntry } from "./library-records.ts";
import type { LibraryState } from "./library-state.ts";

/** So late a seat is still of use to who waits for it: who wanted 10:00 is glad of 10:30. Milliseconds. */
export const TOLERANCE = 60 * 60_000;

export interface Due {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A waitlist entry's time is over, the offer to an entry expires, a reservation is missed or ends. */
  readonly kind: "entry" | "offer" | "reservation";
  /** Of the entry or the reservation. */
  readonly id: number;
}

const order: Readonly<Record<Due["kind"], number>> = { entry: 0, offer: 1, reservation: 2 };

export function dueBefore(a: Due, b: Due): number {
  return a.at - b.at || order[a.kind] - order[b.kind] || a.id - b.id;
}

/** An open reservation: whoever has not checked in has not come once he cannot any more; whoever has, goes at the end. */
export function dueOf({ id, start, end, status }: Reservation, { grace }: Limits): Due {
  return { at: status === "CONFIRMED" ? Math.min(start + grace, end) : end, kind: "reservation", id };
}

export function dueOfOffer({ entry, expires }: Offer): Due {
  return { at: expires, kind: "offer", id: entry };
}

/** An entry without an open offer. */
export function dueOfEntry({ id, desired }: WaitlistEntry): Due {
  return { at: desired + TOLERANCE, kind: "entry", id };
}

export function schedule({ agenda }: LibraryState, due: Due): void {
  if (!agenda.set(due, undefined)) throw new Error(`${due.kind} ${due.id} is due at ${due.at} already`);
}

export function unschedule({ agenda }: LibraryState, due: Due): void {
  if (!agenda.delete(due)) throw new Error(`${due.kind} ${due.id} is not due at ${due.at}`);
}
