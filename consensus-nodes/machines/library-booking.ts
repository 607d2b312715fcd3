/** A reservation's way: CONFIRMED, CHECKED_IN, COMPLETED; or CANCELLED before its end, or NO_SHOW when nobody came. */
import { actorOf, record } from "./library-audit.ts";
import { type Interval, meeting } from "./library-calendar.ts";
import { isForgotten } from "./library-forgotten.ts";
import { post } from "./library-notifications.ts";
import { entryOf, free, leave } from "./library-offers.ts";
import { type Day, isOpen, MAX_ID, type Offer, type Reservation, type Status } from "./library-records.ts";
import { exceedsDay, findOwn, forgetEnded, isFullOfOpen, putReservation } from "./library-reservations.ts";
import { calendarOf, type LibraryState } from "./library-state.ts";
import type { ApplyContext } from "./machine.ts";

interface Booked<Outcome extends string> {
  readonly outcome: Outcome;
  /** Of the log entry that carried the command. */
  readonly index: number;
  readonly reservation: Reservation;
}
interface Refused<Outcome extends string> {
  readonly outcome: Outcome;
  readonly index: number;
}
interface RefusedAs<Outcome extends string> extends Refused<Outcome> {
  readonly status: Status;
}

export type Reserved =
  | Booked<"reserved">
  | Refused<
      "no-user" | "no-seat" | "maintenance" | "past" | "too-long" | "conflict" | "limit-hours" | "limit-open" | "full"
    >;
export type CheckedIn = Booked<"checked-in"> | Refused<"absent" | "too-early"> | RefusedAs<"not-confirmed">;
export type Cancelled = Booked<"cancelled"> | Refused<"absent"> | RefusedAs<"not-open">;

interface Reserve extends Interval {
  readonly user: number;
  readonly seat: number;
  readonly days: readonly Day[];
}
interface OfReservation {
  readonly reservation: number;
  /** Whose it must be; null: a trusted caller, who acts for anybody. */
  readonly user: number | null;
}

/** The user's own offers that the interval meets, which it takes; undefined when something else holds a part of it. */
function offersTaken(state: LibraryState, { user, seat, start, end }: Reserve): readonly Offer[] | undefined {
  const taken: Offer[] = [];
  for (const holding of meeting(calendarOf(state, seat).held, start, end)) {
    const offer = holding.kind === "offer" ? state.offers.get(holding.entry) : undefined;
    if (offer?.user !== user) return undefined;
    taken.push(offer);
  }
  return taken;
}

/** The first refusal in this order holds, and nothing is changed. */
export function reserve(state: LibraryState, input: Reserve, context: ApplyContext): Reserved {
  const { now, index } = context;
  const { user, seat, start, end } = input;
  const days = input.days.map(({ day, minutes }) => ({ day, minutes }));
  const { limits } = state;
  if (isForgotten(state, user, now)) return { outcome: "no-user", index };
  const place = state.seats.get(seat);
  if (place === undefined) return { outcome: "no-seat", index };
  if (place.maintenance) return { outcome: "maintenance", index };
  // Nobody could check in any more.
  if (start + limits.grace <= now || end <= now) return { outcome: "past", index };
  if (end - start > limits.longest) return { outcome: "too-long", index };
  const taken = offersTaken(state, input);
  if (taken === undefined) return { outcome: "conflict", index };
  if (exceedsDay(state, user, days)) return { outcome: "limit-hours", index };
  if ((state.openOfUser.get(user) ?? 0) >= limits.openReservations) return { outcome: "limit-open", index };
  if (isFullOfOpen(state) || state.reservationsMade >= MAX_ID) return { outcome: "full", index };

  for (const { entry } of taken) {
    leave(state, entryOf(state, entry), index);
    record(state, "offer-taken", { by: user, seat }, context);
  }
  forgetEnded(state);
  state.reservationsMade += 1;
  const id = state.reservationsMade;
  const status = "CONFIRMED";
  const reservation: Reservation = { id, user, seat, start, end, status, created: now, checkedIn: null, days };
  putReservation(state, reservation, index);
  record(state, "reserved", { by: user, seat, reservation: id }, context);
  for (const offer of taken) {
    free(state, seat, { start: offer.start, end: start }, context);
    free(state, seat, { start: end, end: offer.end }, context);
  }
  return { outcome: "reserved", index, reservation };
}

/** From `early` before the start until it is a no-show: whoever comes later finds that status. */
export function checkIn(
  state: LibraryState,
  { reservation: id, user }: OfReservation,
  context: ApplyContext,
): CheckedIn {
  const { now, index } = context;
  const confirmed = findOwn(state, id, user);
  if (confirmed === undefined) return { outcome: "absent", index };
  const { status, start, seat } = confirmed;
  if (status !== "CONFIRMED") return { outcome: "not-confirmed", index, status };
  if (now < start - state.limits.early) return { outcome: "too-early", index };
  const reservation: Reservation = { ...confirmed, status: "CHECKED_IN", checkedIn: now };
  putReservation(state, reservation, index);
  record(state, "checked-in", { by: actorOf(user), seat, reservation: id }, context);
  return { outcome: "checked-in", index, reservation };
}

/** Whose reservation a trusted caller cancels is told. */
export function cancel(
  state: LibraryState,
  { reservation: id, user }: OfReservation,
  context: ApplyContext,
): Cancelled {
  const { index } = context;
  const open = findOwn(state, id, user);
  if (open === undefined) return { outcome: "absent", index };
  if (!isOpen(open)) return { outcome: "not-open", index, status: open.status };
  const { seat } = open;
  const reservation: Reservation = { ...open, status: "CANCELLED" };
  putReservation(state, reservation, index);
  record(state, "cancelled", { by: actorOf(user), seat, reservation: id }, context);
  if (user === null) {
    const message = `Reservation ${id} of seat ${seat} was cancelled.`;
    post(state, { user: open.user, type: "cancelled", message, seat, reservation: id }, context);
  }
  free(state, seat, open, context);
  return { outcome: "cancelled", index, reservation };
}

/** Its instant has come: it was missed, or it is over. */
export function end(state: LibraryState, id: number, context: ApplyContext): void {
  const open = state.reservations.get(id);
  if (open === undefined || !isOpen(open))
    throw new Error(`expected reservation ${id} to be open, found ${open?.status}`);
  const { user, seat } = open;
  if (open.status === "CHECKED_IN") {
    putReservation(state, { ...open, status: "COMPLETED" }, context.index);
    record(state, "completed", { seat, reservation: id }, context);
    return;
  }
  putReservation(state, { ...open, status: "NO_SHOW" }, context.index);
  record(state, "no-show", { seat, reservation: id }, context);
  const message = `Nobody checked in for reservation ${id} of seat ${seat}: it has lapsed.`;
  post(state, { user, type: "no_show", message, seat, reservation: id }, context);
  free(state, seat, open, context);
}
