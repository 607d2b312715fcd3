/** What the library machine keeps. Records are never changed, only replaced. Wire: shared/contracts/seats.md. */
import * as z from "zod";

/** Ids are int32 on the wire, from 1. */
export const MAX_ID = 2 ** 31 - 1;
/** Days that one reservation may touch. */
const MAX_DAYS = 33;
/** A day with the longest shift of the clocks back. */
const MAX_MINUTES_OF_A_DAY = 26 * 60;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const Id = z.int().min(1).max(MAX_ID);
/** Milliseconds since the epoch; what a `Date` can hold. */
export const Instant = z.int().min(0).max(8_640_000_000_000_000);
export const BranchName = z.string().min(1).max(200);
const Text = z.string().max(200);

export const Status = z.enum(["CONFIRMED", "CHECKED_IN", "COMPLETED", "CANCELLED", "NO_SHOW"]);
export type Status = z.infer<typeof Status>;

export const Seat = z.object({
  id: Id,
  branch: BranchName,
  area: Text,
  has_power: z.boolean(),
  has_monitor: z.boolean(),
  maintenance: z.boolean(),
});
export type Seat = Readonly<z.infer<typeof Seat>>;

export const Branch = z.object({
  branch: BranchName,
  /** Opaque here: machines know no time zones. "UTC" at first. */
  time_zone: z.string().max(100),
  /** Opaque here; "": always open. */
  opening_hours: z.string().max(10_000),
});
export type Branch = Readonly<z.infer<typeof Branch>>;

/** The part of a reservation that falls on one day of its branch's calendar. */
const Day = z.object({
  /** "2026-11-21" */
  day: z.string().regex(/^\d{4,6}-\d{2}-\d{2}$/),
  minutes: z.int().min(0).max(MAX_MINUTES_OF_A_DAY),
});
export type Day = Readonly<z.infer<typeof Day>>;

export const Days = z
  .array(Day)
  .max(MAX_DAYS)
  .refine((days) => new Set(days.map(({ day }) => day)).size === days.length, "a day stands there twice")
  .readonly();

export const Reservation = z.object({
  id: Id,
  user: Id,
  seat: Id,
  start: Instant,
  /** start < end; half-open: at `end` the seat is the next one's. */
  end: Instant,
  status: Status,
  created: Instant,
  checkedIn: Instant.nullable(),
  days: Days,
});
export type Reservation = Readonly<z.infer<typeof Reservation>>;

export const WaitlistEntry = z.object({
  id: Id,
  user: Id,
  /** null: any seat of the branch. */
  seat: Id.nullable(),
  /** With a seat: its branch when the entry was made. */
  branch: BranchName,
  desired: Instant,
  created: Instant,
});
export type WaitlistEntry = Readonly<z.infer<typeof WaitlistEntry>>;

/** A seat held for the user of a waitlist entry. */
export const Offer = z.object({
  /** The waitlist entry. */
  entry: Id,
  user: Id,
  seat: Id,
  start: Instant,
  /** start < end */
  end: Instant,
  /** When it was made. */
  made: Instant,
  expires: Instant,
  /** By which the user was told. */
  notification: Id,
});
export type Offer = Readonly<z.infer<typeof Offer>>;

export const Notification = z.object({
  id: Id,
  user: Id,
  type: z.enum(["offer", "offer_expired", "no_show", "cancelled", "message"]),
  message: z.string(),
  seat: Id.nullable(),
  reservation: Id.nullable(),
  waitlist: Id.nullable(),
  offer: z.object({ start: Instant, end: Instant, expires: Instant }).readonly().nullable(),
  created: Instant,
});
export type Notification = Readonly<z.infer<typeof Notification>>;

/** In an audit record: the time came. */
export const THE_CLOCK = 0;
/** In an audit record: a trusted caller that named nobody. */
export const THE_LIBRARY = -1;

export const AuditRecord = z.object({
  /** Of the log entry that did it. */
  index: z.int().min(0),
  time: Instant,
  /** Who did it: a user's id, THE_CLOCK or THE_LIBRARY. */
  user: z.int().min(THE_LIBRARY).max(MAX_ID),
  action: z.enum([
    "configured",
    "branch-set",
    "seat-set",
    "maintenance-begun",
    "maintenance-ended",
    "reserved",
    "checked-in",
    "cancelled",
    "completed",
    "no-show",
    "waiting",
    "left",
    "dropped",
    "offered",
    "offer-taken",
    "offer-expired",
    "offer-withdrawn",
    "notified",
    "user-forgotten",
  ]),
  seat: Id.nullable(),
  reservation: Id.nullable(),
});
export type AuditRecord = Readonly<z.infer<typeof AuditRecord>>;
export type Action = AuditRecord["action"];

/** `grace`, `early`, `offer` and `longest` are milliseconds. */
export const Limits = z.object({
  /** Who has not checked in so long after the start has not come. */
  grace: z.int().min(0).max(DAY),
  /** One can check in so long before the start. */
  early: z.int().min(0).max(DAY),
  /** An offer holds its seat so long. */
  offer: z.int().min(1).max(DAY),
  /** Of one reservation. */
  longest: z
    .int()
    .min(1)
    .max((MAX_DAYS - 2) * DAY),
  /** Reserved by one user on one day; null: no limit. What was cancelled or missed does not count. */
  minutesPerDay: z.int().min(0).max(1_000_000).nullable(),
  /** CONFIRMED or CHECKED_IN, of one user. */
  openReservations: z.int().min(0).max(1_000_000),
  /** Of one user. */
  waitlistEntries: z.int().min(0).max(100_000),
});
export type Limits = Readonly<z.infer<typeof Limits>>;

export const INITIAL_LIMITS: Limits = {
  grace: 15 * MINUTE,
  early: 15 * MINUTE,
  offer: 10 * MINUTE,
  longest: DAY,
  minutesPerDay: null,
  openReservations: 1000,
  waitlistEntries: 100,
};

/** Reservations that hold their seat now or later, and can be cancelled. */
export function isOpen({ status }: Reservation): boolean {
  return status === "CONFIRMED" || status === "CHECKED_IN";
}

/** Reservations that hold their seat, or did to their end: they meet no other. */
export function holds({ status }: Reservation): boolean {
  return status !== "CANCELLED" && status !== "NO_SHOW";
}
