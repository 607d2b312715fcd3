/**
 * What becomes free is offered to the first whom it fits. The offer holds the seat for its user; taken in part, declined or
 * expired, the rest goes to the next.
 *
 *     reservation cancelled ─ free ─ offer to entry 3 ─ expires ─ free ─ offer to entry 7 ─ its user reserves a part ─ free …
 */
import { dueOfOffer, schedule, unschedule } from "./library-agenda.ts";
import { record } from "./library-audit.ts";
import { hold, type Interval, meeting, release } from "./library-calendar.ts";
import { post, putNotification } from "./library-notifications.ts";
import type { Limits, Offer, WaitlistEntry } from "./library-records.ts";
import { calendarOf, type LibraryState } from "./library-state.ts";
import { firstFitting, removeEntry, startWaiting, stopWaiting } from "./library-waitlist.ts";
import type { ApplyContext } from "./machine.ts";

/** Nothing holds the seat in the interval any more. Whom it fits is measured on all of it; what is past is not offered. */
export function free(state: LibraryState, seat: number, interval: Interval, context: ApplyContext): void {
  const { now } = context;
  const rest = { start: Math.max(interval.start, now), end: interval.end };
  const place = state.seats.get(seat);
  if (rest.start >= rest.end || place === undefined || place.maintenance) return;
  const entry = firstFitting(state, place, interval);
  if (entry !== undefined) makeOffer(state, entry, seat, rest, context);
}

/** No offer outlives what is offered. */
function expiryOf({ made, end }: Pick<Offer, "made" | "end">, limits: Limits): number {
  return Math.min(made + limits.offer, end);
}

function makeOffer(
  state: LibraryState,
  entry: WaitlistEntry,
  seat: number,
  { start, end }: Interval,
  context: ApplyContext,
): void {
  const { id, user } = entry;
  const { now, index } = context;
  const expires = expiryOf({ made: now, end }, state.limits);
  const message = `Seat ${seat} is free, and held for you until the offer expires.`;
  const about = { user, type: "offer", message, seat, waitlist: id, offer: { start, end, expires } } as const;
  const { id: notification } = post(state, about, context);
  stopWaiting(state, entry);
  addOffer(state, { entry: id, user, seat, start, end, made: now, expires, notification });
  state.revision = index;
  record(state, "offered", { seat }, context);
}

/** Also when a snapshot is restored. */
export function addOffer(state: LibraryState, offer: Offer): void {
  const { entry, user, seat, start, end } = offer;
  state.offers.set(entry, offer);
  hold(calendarOf(state, seat), { start, end, kind: "offer", entry, user });
  schedule(state, dueOfOffer(offer));
}

function closeOffer(state: LibraryState, offer: Offer, index: number): void {
  unschedule(state, dueOfOffer(offer));
  release(calendarOf(state, offer.seat), offer);
  state.offers.delete(offer.entry);
  state.revision = index;
}

/** The entry leaves the waitlist; the offer that it had is no more, and is returned: it is the caller's to free. */
export function leave(state: LibraryState, entry: WaitlistEntry, index: number): Offer | undefined {
  const offer = state.offers.get(entry.id);
  if (offer === undefined) stopWaiting(state, entry);
  else closeOffer(state, offer, index);
  removeEntry(state, entry);
  return offer;
}

export function expireOffer(state: LibraryState, entry: number, context: ApplyContext): void {
  const offer = leave(state, entryOf(state, entry), context.index);
  if (offer === undefined) throw new Error(`entry ${entry} has no offer that could expire`);
  record(state, "offer-expired", { seat: offer.seat }, context);
  tellEnd(state, offer, `The offer of seat ${offer.seat} has expired.`, context);
  free(state, offer.seat, offer, context);
}

/** The seat can be had by nobody: who had been offered it waits again, in his old place. */
export function withdrawOffers(state: LibraryState, seat: number, context: ApplyContext): void {
  const { held } = calendarOf(state, seat);
  for (const holding of [...meeting(held, context.now, Number.POSITIVE_INFINITY)]) {
    const offer = holding.kind === "offer" ? state.offers.get(holding.entry) : undefined;
    if (offer === undefined) continue;
    closeOffer(state, offer, context.index);
    startWaiting(state, entryOf(state, offer.entry));
    record(state, "offer-withdrawn", { seat }, context);
    tellEnd(state, offer, `Seat ${seat} is in maintenance: its offer is withdrawn, and you wait on.`, context);
  }
}

/** Open offers last as long as the limits say now, counted from when they were made. */
export function prolongOffers(state: LibraryState): void {
  for (const offer of state.offers.valuesArray()) {
    const expires = expiryOf(offer, state.limits);
    unschedule(state, dueOfOffer(offer));
    const prolonged = { ...offer, expires };
    state.offers.set(offer.entry, prolonged);
    schedule(state, dueOfOffer(prolonged));
    const told = state.notifications.get(offer.notification);
    const { start, end } = offer;
    if (told !== undefined) putNotification(state, { ...told, offer: { start, end, expires } });
  }
}

function tellEnd(state: LibraryState, offer: Offer, message: string, context: ApplyContext): void {
  const { user, seat, entry: waitlist, start, end, expires } = offer;
  const about = { user, type: "offer_expired", message, seat, waitlist, offer: { start, end, expires } } as const;
  post(state, about, context);
}

export function entryOf({ entries }: LibraryState, id: number): WaitlistEntry {
  const entry = entries.get(id);
  if (entry === undefined) throw new Error(`entry ${id} is gone`);
  return entry;
}
