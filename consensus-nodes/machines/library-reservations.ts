/** Reservations, and all that is found from them. Every change of one goes through `putReservation`. */
import { dueOf, schedule, unschedule } from "./library-agenda.ts";
import { hold, release } from "./library-calendar.ts";
import { type Day, holds, isOpen, type Reservation, type Seat, type Status } from "./library-records.ts";
import { calendarOf, type LibraryState } from "./library-state.ts";

/** Reservations in one answer: those that start last. */
export const MAX_LISTED = 10_000;

export interface SeatedReservation {
  readonly reservation: Reservation;
  readonly seat: Seat;
}

function add<Key>(map: Map<Key, number>, key: Key, more: number): void {
  const sum = (map.get(key) ?? 0) + more;
  if (sum === 0) map.delete(key);
  else map.set(key, sum);
}

function minutesKey(user: number, day: string): string {
  return `${user} ${day}`;
}

/** New, or in the place of the one with its id; `index` is the log entry that did it. */
export function putReservation(state: LibraryState, reservation: Reservation, index: number): void {
  const before = state.reservations.get(reservation.id);
  if (before !== undefined) unindex(state, before);
  addReservation(state, reservation);
  state.revision = index;
}

/** Also when a snapshot is restored. */
export function addReservation(state: LibraryState, reservation: Reservation): void {
  const { id, user, seat, start, end, status, days } = reservation;
  state.reservations.set(id, reservation);
  state.reservationsByUser.set({ user, start, id }, undefined);
  if (holds(reservation)) {
    hold(calendarOf(state, seat), { start, end, kind: "reservation", id });
    for (const { day, minutes } of days) add(state.minutesOfUser, minutesKey(user, day), minutes);
  }
  if (status === "CHECKED_IN") calendarOf(state, seat).used.set(start, { start, end });
  if (isOpen(reservation)) {
    schedule(state, dueOf(reservation, state.limits));
    add(state.openOfUser, user, 1);
  } else {
    state.endedReservations.set({ end, id }, undefined);
  }
}

function unindex(state: LibraryState, reservation: Reservation): void {
  const { id, user, seat, start, end, status, days } = reservation;
  state.reservationsByUser.delete({ user, start, id });
  if (holds(reservation)) {
    release(calendarOf(state, seat), { start, end });
    for (const { day, minutes } of days) add(state.minutesOfUser, minutesKey(user, day), -minutes);
  }
  if (status === "CHECKED_IN") calendarOf(state, seat).used.delete(start);
  if (isOpen(reservation)) {
    unschedule(state, dueOf(reservation, state.limits));
    add(state.openOfUser, user, -1);
  } else {
    state.endedReservations.delete({ end, id });
  }
}

export function isFullOfOpen({ reservations, endedReservations, bounds }: LibraryState): boolean {
  return reservations.size >= bounds.reservations && endedReservations.size === 0;
}

/** Makes place for one more. */
export function forgetEnded(state: LibraryState): void {
  const oldest = state.endedReservations.minKey();
  if (state.reservations.size < state.bounds.reservations || oldest === undefined) return;
  const reservation = state.reservations.get(oldest.id);
  if (reservation === undefined) throw new Error(`reservation ${oldest.id} has ended and is gone`);
  unindex(state, reservation);
  state.reservations.delete(oldest.id);
}

/** Whether with these the user would have more than he may on one of the days. */
export function exceedsDay({ limits, minutesOfUser }: LibraryState, user: number, days: readonly Day[]): boolean {
  const most = limits.minutesPerDay;
  if (most === null) return false;
  return days.some(({ day, minutes }) => (minutesOfUser.get(minutesKey(user, day)) ?? 0) + minutes > most);
}

/** undefined also when it is another's; null sees all. */
export function findOwn({ reservations }: LibraryState, id: number, user: number | null): Reservation | undefined {
  const reservation = reservations.get(id);
  return user === null || reservation?.user === user ? reservation : undefined;
}

function seated({ seats }: LibraryState, reservation: Reservation): SeatedReservation {
  const seat = seats.get(reservation.seat);
  if (seat === undefined)
    throw new Error(`reservation ${reservation.id} is for seat ${reservation.seat}, which is gone`);
  return { reservation, seat };
}

export function reservationById(
  state: LibraryState,
  { id, user }: { readonly id: number; readonly user: number | null },
): SeatedReservation | null {
  const reservation = findOwn(state, id, user);
  return reservation === undefined ? null : seated(state, reservation);
}

/** By user and start, the last first. */
export function* reservationsFromLast(state: LibraryState, user: number): Iterable<Reservation> {
  const { reservations, reservationsByUser } = state;
  const last = { user, start: Number.POSITIVE_INFINITY, id: 0 };
  for (const [{ user: owner, id }] of reservationsByUser.entriesReversed(last)) {
    const reservation = owner === user ? reservations.get(id) : undefined;
    if (reservation === undefined) return;
    yield reservation;
  }
}

/** Upcoming is what is open and ends after `upcomingAt`. Ordered by start. */
export function reservationsOf(
  state: LibraryState,
  asked: { readonly user: number; readonly status?: Status | undefined; readonly upcomingAt?: number | undefined },
): readonly SeatedReservation[] {
  const { user, status, upcomingAt } = asked;
  const found: SeatedReservation[] = [];
  for (const reservation of reservationsFromLast(state, user)) {
    if (status !== undefined && reservation.status !== status) continue;
    if (upcomingAt !== undefined && !(isOpen(reservation) && reservation.end > upcomingAt)) continue;
    if (found.push(seated(state, reservation)) >= MAX_LISTED) break;
  }
  return found.reverse();
}
