/** An account is deleted: nothing of it holds a seat, waits or is told any more. What has ended, and the audit trail, stay. */

import { record } from "./library-audit.ts";
import { cancel } from "./library-booking.ts";
import { noteForgotten } from "./library-forgotten.ts";
import { dropNotificationsOf } from "./library-notifications.ts";
import { isOpen } from "./library-records.ts";
import { reservationsFromLast } from "./library-reservations.ts";
import type { LibraryState } from "./library-state.ts";
import { depart } from "./library-waiting.ts";
import { entriesOf } from "./library-waitlist.ts";
import type { ApplyContext } from "./machine.ts";

export interface Forgotten {
  readonly outcome: "forgotten";
  /** Of the log entry that carried the command. */
  readonly index: number;
}

export function forgetUser(state: LibraryState, { user }: { readonly user: number }, context: ApplyContext): Forgotten {
  const entries = entriesOf(state, user);
  const offered = entries.filter(({ id }) => state.offers.has(id));
  // Who waits goes first: what then becomes free is offered to others only.
  for (const entry of entries) if (!offered.includes(entry)) depart(state, entry, user, context);
  for (const entry of offered) depart(state, entry, user, context);
  const open = [...reservationsFromLast(state, user)].filter(isOpen).reverse();
  for (const { id } of open) cancel(state, { reservation: id, user }, context);
  dropNotificationsOf(state, user);
  noteForgotten(state, user, context.now);
  record(state, "user-forgotten", { by: user }, context);
  return { outcome: "forgotten", index: context.index };
}
