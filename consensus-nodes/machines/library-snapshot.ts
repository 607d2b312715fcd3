/**
 * A library as a sequence of values: a head, then its records, kind by kind. What is found from records is made anew on restore.
 *
 *     ["head", {limits, …}]  ["branch", …] …  ["seat", …] …  ["reservation", …] …  ["offer", …] …  ["entry", …] …
 *     ["notification", …] …  ["audit", [number, …]] …  ["forgotten", [user, instant]] …
 */
import * as z from "zod";
import { putAuditRecord } from "./library-audit.ts";
import { noteForgotten } from "./library-forgotten.ts";
import { addSeat } from "./library-furnishing.ts";
import { putNotification } from "./library-notifications.ts";
import { addOffer } from "./library-offers.ts";
import {
  AuditRecord,
  Branch,
  Id,
  Instant,
  Limits,
  Notification,
  Offer,
  Reservation,
  Seat,
  WaitlistEntry,
} from "./library-records.ts";
import { addReservation } from "./library-reservations.ts";
import { emptyState, type LibraryState } from "./library-state.ts";
import { insertEntry, startWaiting } from "./library-waitlist.ts";
import type { Snapshots } from "./machine.ts";

const Count = z.int().min(0);
const Head = z.object({
  limits: Limits,
  revision: Count,
  reservationsMade: Count,
  entriesMade: Count,
  notificationsMade: Count,
  auditsMade: Count,
});
const Forgotten = z.tuple([Id, Instant]);
const Audited = z.tuple([z.int().min(1), AuditRecord]);

/** In the order in which they are captured: what one needs comes before it. */
const restorers = {
  head: (state: LibraryState, value: unknown) => Object.assign(state, Head.parse(value)),
  branch: (state: LibraryState, value: unknown) => {
    const branch = Branch.parse(value);
    state.branches.set(branch.branch, branch);
  },
  seat: (state: LibraryState, value: unknown) => addSeat(state, Seat.parse(value)),
  reservation: (state: LibraryState, value: unknown) => addReservation(state, Reservation.parse(value)),
  offer: (state: LibraryState, value: unknown) => addOffer(state, Offer.parse(value)),
  entry: (state: LibraryState, value: unknown) => {
    const entry = WaitlistEntry.parse(value);
    insertEntry(state, entry);
    if (!state.offers.has(entry.id)) startWaiting(state, entry);
  },
  notification: (state: LibraryState, value: unknown) => putNotification(state, Notification.parse(value)),
  audit: (state: LibraryState, value: unknown) => putAuditRecord(state, ...Audited.parse(value)),
  forgotten: (state: LibraryState, value: unknown) => noteForgotten(state, ...Forgotten.parse(value)),
} as const;

type Kind = keyof typeof restorers;
const Value = z.tuple([z.string().refine((kind): kind is Kind => Object.hasOwn(restorers, kind)), z.unknown()]);

/** The trees are copies, of O(1) each. */
function* values(captured: ReturnType<typeof copy>): Iterable<readonly [Kind, unknown]> {
  yield ["head", captured.head];
  for (const branch of captured.branches) yield ["branch", branch];
  for (const seat of captured.seats.values()) yield ["seat", seat];
  for (const reservation of captured.reservations.values()) yield ["reservation", reservation];
  for (const offer of captured.offers.values()) yield ["offer", offer];
  for (const entry of captured.entries.values()) yield ["entry", entry];
  for (const notification of captured.notifications.values()) yield ["notification", notification];
  for (const [number, audited] of captured.audit.entries()) yield ["audit", [number, audited]];
  for (const forgotten of captured.forgotten) yield ["forgotten", forgotten];
}

function copy(state: LibraryState) {
  const { limits, revision, reservationsMade, entriesMade, notificationsMade, auditsMade } = state;
  return {
    head: { limits, revision, reservationsMade, entriesMade, notificationsMade, auditsMade },
    branches: [...state.branches.values()],
    seats: state.seats.clone(),
    reservations: state.reservations.clone(),
    offers: state.offers.clone(),
    entries: state.entries.clone(),
    notifications: state.notifications.clone(),
    audit: state.audit.clone(),
    forgotten: [...state.forgotten],
  };
}

export const librarySnapshots: Snapshots<LibraryState> = {
  capture: (state) => values(copy(state)),
  restore: (snapshot) => {
    const state = emptyState();
    for (const value of snapshot) {
      const [kind, content] = Value.parse(value);
      restorers[kind](state, content);
    }
    return state;
  },
};
