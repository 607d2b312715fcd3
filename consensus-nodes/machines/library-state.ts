/** All of a library: records by their ids, and what is found from them; the latter is made anew from the former on restore. */
import { type Due, dueBefore } from "./library-agenda.ts";
import { ascending, type Calendar } from "./library-calendar.ts";
import {
  type AuditRecord,
  type Branch,
  INITIAL_LIMITS,
  type Limits,
  type Notification,
  type Offer,
  type Reservation,
  type Seat,
  type WaitlistEntry,
} from "./library-records.ts";
import { SortedTree } from "./sorted-tree.ts";

/** How many of each are kept: together they bound the memory of a node. */
export interface Bounds {
  readonly seats: number;
  readonly branches: number;
  /** Beyond it those closed ones go that ended first; open ones never. */
  readonly reservations: number;
  readonly entries: number;
  /** The oldest go first, as those of one user. */
  readonly notifications: number;
  readonly notificationsOfUser: number;
  /** The oldest go first. */
  readonly audit: number;
}

/** About 1 GiB when all are reached: 400 bytes a reservation with what finds it, as much a notification, 200 an audit record. */
export const BOUNDS: Bounds = {
  seats: 10_000,
  branches: 1000,
  reservations: 1_000_000,
  entries: 100_000,
  notifications: 500_000,
  notificationsOfUser: 100,
  audit: 500_000,
};

type ReservationOfUser = Pick<Reservation, "user" | "start" | "id">;
type Ended = Pick<Reservation, "end" | "id">;
/** Where an entry stands: in the queue of its seat, or of its branch when any seat will do. */
export type Place = Pick<WaitlistEntry, "seat" | "branch" | "desired" | "id">;
interface AuditOfReservation {
  readonly reservation: number;
  /** Key in `audit`. */
  readonly number: number;
}

export interface LibraryState {
  readonly bounds: Bounds;
  limits: Limits;
  /** Of the last entry that changed anything seat lists show. */
  revision: number;
  /** Made ever; the ids so far are 1 to this. */
  reservationsMade: number;
  entriesMade: number;
  notificationsMade: number;
  auditsMade: number;

  readonly seats: SortedTree<number, Seat>;
  /** One at least for each seat's; in the order of their coming. */
  readonly branches: Map<string, Branch>;
  readonly reservations: SortedTree<number, Reservation>;
  readonly entries: SortedTree<number, WaitlistEntry>;
  /** By entry. */
  readonly offers: SortedTree<number, Offer>;
  readonly notifications: SortedTree<number, Notification>;
  /** By the number of the record. */
  readonly audit: SortedTree<number, AuditRecord>;

  /** One per seat. */
  readonly calendars: Map<number, Calendar>;
  /** One per open reservation, open offer, and entry without an offer. */
  readonly agenda: SortedTree<Due>;
  /** All, by user and start. */
  readonly reservationsByUser: SortedTree<ReservationOfUser>;
  /** The closed ones, by end. */
  readonly endedReservations: SortedTree<Ended>;
  /** Open reservations by user; no zeros. */
  readonly openOfUser: Map<number, number>;
  /** Minutes that reservations hold, by `minutesKey`; no zeros. */
  readonly minutesOfUser: Map<string, number>;
  /** All, each queue by id. */
  readonly queues: SortedTree<Place, WaitlistEntry>;
  /** Those without an open offer, each queue by the desired time. */
  readonly waiting: SortedTree<Place, WaitlistEntry>;
  /** Ascending ids by user; none empty. */
  readonly entriesOfUser: Map<number, Set<number>>;
  readonly notificationsOfUser: Map<number, Set<number>>;
  /** Users whose accounts were closed, and when, in that order: see library-forgotten.ts. */
  readonly forgotten: Map<number, number>;
  readonly auditByReservation: SortedTree<AuditOfReservation>;
}

function compareQueues(a: Place, b: Place): number {
  if (a.seat !== null || b.seat !== null) return (a.seat ?? 0) - (b.seat ?? 0);
  return a.branch === b.branch ? 0 : a.branch < b.branch ? -1 : 1;
}

export function sameQueue(a: Place, b: Place): boolean {
  return compareQueues(a, b) === 0;
}

export function emptyState(bounds = BOUNDS): LibraryState {
  return {
    bounds,
    limits: INITIAL_LIMITS,
    revision: 0,
    reservationsMade: 0,
    entriesMade: 0,
    notificationsMade: 0,
    auditsMade: 0,
    seats: new SortedTree(undefined, ascending),
    branches: new Map(),
    reservations: new SortedTree(undefined, ascending),
    entries: new SortedTree(undefined, ascending),
    offers: new SortedTree(undefined, ascending),
    notifications: new SortedTree(undefined, ascending),
    audit: new SortedTree(undefined, ascending),
    calendars: new Map(),
    agenda: new SortedTree(undefined, dueBefore),
    reservationsByUser: new SortedTree(undefined, (a, b) => a.user - b.user || a.start - b.start || a.id - b.id),
    endedReservations: new SortedTree(undefined, (a, b) => a.end - b.end || a.id - b.id),
    openOfUser: new Map(),
    minutesOfUser: new Map(),
    queues: new SortedTree(undefined, (a, b) => compareQueues(a, b) || a.id - b.id),
    waiting: new SortedTree(undefined, (a, b) => compareQueues(a, b) || a.desired - b.desired || a.id - b.id),
    entriesOfUser: new Map(),
    notificationsOfUser: new Map(),
    forgotten: new Map(),
    auditByReservation: new SortedTree(undefined, (a, b) => a.reservation - b.reservation || a.number - b.number),
  };
}

/** @throws {Error} when there is no such seat: whoever has its id has seen it, and seats never go. */
export function calendarOf({ calendars }: LibraryState, seat: number): Calendar {
  const calendar = calendars.get(seat);
  if (calendar === undefined) throw new Error(`seat ${seat} has no calendar`);
  return calendar;
}
