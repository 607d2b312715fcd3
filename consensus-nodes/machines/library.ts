/**
 * Library seats: reservations that never overlap on a seat, a waitlist that is offered what becomes free, notifications, and
 * who did what. Wire: shared/contracts/seats.md.
 *
 * What falls due (no-shows, ends, offers that expire) is carried out before each command as well as by the deadlines in the log: a
 * command finds everything done whose instant has come. Every result names its log entry, `index`: a query that waits for it sees the
 * change. Commands that name a user take part in transactions by that key alone: a seat is not locked, so a reservation that was
 * promised may still be refused, in its result.
 */
import { z } from "zod";
import {
  type AuditRecord,
  Branch,
  Days,
  Id,
  INITIAL_LIMITS,
  Instant,
  Limits,
  type Notification,
  type Reservation,
  Seat,
  Status,
  type WaitlistEntry,
} from "./library-records.ts";
import { command, defineMachine, query } from "./machine.ts";

interface Done<Outcome extends string> {
  readonly outcome: Outcome;
  /** Of the log entry that carried the command. */
  readonly index: number;
}
type Refused<Outcome extends string> = Done<Outcome>;

export type Reserved =
  | (Done<"reserved"> & { readonly reservation: Reservation })
  | Refused<"no-seat" | "maintenance" | "past" | "too-long" | "conflict" | "limit-hours" | "limit-open" | "full">;
export type CheckedIn =
  | (Done<"checked-in"> & { readonly reservation: Reservation })
  | Refused<"absent" | "too-early">
  | (Refused<"not-confirmed"> & { readonly status: Status });
export type Cancelled =
  | (Done<"cancelled"> & { readonly reservation: Reservation })
  | Refused<"absent">
  | (Refused<"not-open"> & { readonly status: Status });
export type Joined =
  | (Done<"waiting"> & { readonly entry: WaitlistEntry })
  | Refused<"no-seat" | "no-branch" | "past" | "full">;
export type Notified = (Done<"notified"> & { readonly notification: Notification }) | Refused<"nobody" | "no-seat">;

/** A seat as lists show it. */
export interface SeatView {
  readonly id: number;
  readonly branch: string;
  readonly area: string;
  readonly has_power: boolean;
  readonly has_monitor: boolean;
  /** OCCUPIED: somebody who has checked in has it at `now`. */
  readonly status: "AVAILABLE" | "OCCUPIED" | "MAINTENANCE";
  /** Not in maintenance, and nothing holds it in the time that was asked for; at `now`, when none was. */
  readonly is_available: boolean;
}
interface ListedAs {
  /** Of the last entry that changed anything that seat lists show. */
  readonly revision: number;
  /** From then on the list may be another without any command; null: never. Milliseconds since the epoch. */
  readonly until: number | null;
}
export type SeatList =
  | (ListedAs & { readonly seats: readonly SeatView[]; readonly unchanged?: never })
  | (ListedAs & { readonly unchanged: true; readonly seats?: never });

export interface BranchView extends Branch {
  readonly total_seats: number;
  readonly power_seats: number;
  readonly monitor_seats: number;
}
export interface SeatedReservation {
  readonly reservation: Reservation;
  readonly seat: Seat;
}

const UserOrTrusted = Id.nullable();
const interval = { start: Instant, end: Instant };
const isInterval = ({ start, end }: { readonly start: number; readonly end: number }) => start < end;

const Reserve = z
  .object({ user: Id, seat: Id, ...interval, days: Days })
  .refine(isInterval, "the end is after the start");
const OfReservation = z.object({ reservation: Id, user: UserOrTrusted });
const JoinWaitlist = z.object({ user: Id, seat: Id.nullable(), branch: z.string().max(200), desired: Instant });
const LeaveWaitlist = z.object({ entry: Id, user: UserOrTrusted });
const Notify = z.object({ seat: Id, message: z.string().max(1000) });

const isWindow = ({ start, end }: { readonly start?: number | undefined; readonly end?: number | undefined }) =>
  start === undefined ? end === undefined : end !== undefined && start < end;
const window = { start: Instant.optional(), end: Instant.optional(), now: Instant };
const Seats = z
  .object({
    branch: z.string().optional(),
    area: z.string().optional(),
    has_power: z.boolean().optional(),
    has_monitor: z.boolean().optional(),
    available_only: z.boolean().optional(),
    ...window,
    /** What an earlier answer to the same question said. */
    known: z.object({ revision: z.int(), until: Instant.nullable() }).optional(),
  })
  .refine(isWindow, "start and end come together, the end after the start");

// biome-ignore lint: not yet
const later = (..._: unknown[]): never => {
  throw new Error("not yet");
};
interface LibraryState {
  readonly limits: Limits;
}

const userKeys = ({ user }: { readonly user: number | null }) => (user === null ? [] : [`user:${user}`]);

export const library = defineMachine({
  name: "library",
  initial: (): LibraryState => ({ limits: INITIAL_LIMITS }),
  snapshots: { capture: (state: LibraryState) => [state], restore: () => ({ limits: INITIAL_LIMITS }) },
  commands: {
    configure: command(
      Limits.partial(),
      (state: LibraryState, input, context): Done<"configured"> & { readonly limits: Limits } =>
        later(state, input, context),
    ),
    setBranch: command(
      Branch,
      (state: LibraryState, input, context): (Done<"set"> & { readonly branch: Branch }) | Refused<"full"> =>
        later(state, input, context),
    ),
    setSeats: command(
      z.object({ seats: z.array(Seat).max(10_000) }),
      (state: LibraryState, input, context): Done<"set" | "full"> => later(state, input, context),
    ),
    setMaintenance: command(
      z.object({ seat: Id, maintenance: z.boolean() }),
      (state: LibraryState, input, context): (Done<"set"> & { readonly seat: Seat }) | Refused<"absent"> =>
        later(state, input, context),
    ),
    reserve: command(Reserve, (state: LibraryState, input, context): Reserved => later(state, input, context), {
      keys: userKeys,
    }),
    checkIn: command(OfReservation, (state: LibraryState, input, context): CheckedIn => later(state, input, context), {
      keys: userKeys,
    }),
    cancel: command(OfReservation, (state: LibraryState, input, context): Cancelled => later(state, input, context), {
      keys: userKeys,
    }),
    joinWaitlist: command(JoinWaitlist, (state: LibraryState, input, context): Joined => later(state, input, context), {
      keys: userKeys,
    }),
    leaveWaitlist: command(
      LeaveWaitlist,
      (state: LibraryState, input, context): Done<"left" | "absent"> => later(state, input, context),
      { keys: userKeys },
    ),
    notify: command(Notify, (state: LibraryState, input, context): Notified => later(state, input, context)),
    forgetUser: command(
      z.object({ user: Id }),
      (state: LibraryState, input, context): Done<"forgotten"> => later(state, input, context),
      { keys: userKeys },
    ),
  },
  queries: {
    seats: query(Seats, (state: LibraryState, input): SeatList => later(state, input)),
    seat: query(
      z.object({ id: Id, ...window }).refine(isWindow),
      (state: LibraryState, input): { readonly seat: SeatView; readonly branch: Branch } | null => later(state, input),
    ),
    branches: query(z.object({}), (state: LibraryState): readonly BranchView[] => later(state)),
    reservation: query(
      z.object({ id: Id, user: UserOrTrusted }),
      (state: LibraryState, input): SeatedReservation | null => later(state, input),
    ),
    reservationsOf: query(
      z.object({ user: Id, status: Status.optional(), upcomingAt: Instant.optional() }),
      (state: LibraryState, input): readonly SeatedReservation[] => later(state, input),
    ),
    waitlistOf: query(z.object({ user: Id }), (state: LibraryState, input): readonly WaitlistEntry[] =>
      later(state, input),
    ),
    notificationsOf: query(
      z.object({
        user: Id,
        after: z
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .nullable(),
      }),
      (
        state: LibraryState,
        input,
        context,
      ): { readonly applied: number; readonly notifications: readonly Notification[] } => later(state, input, context),
    ),
    audit: query(
      z.object({ reservation: Id.nullable(), limit: z.int().min(1).max(10_000) }),
      (state: LibraryState, input): readonly AuditRecord[] => later(state, input),
    ),
    limits: query(z.object({}), (state: LibraryState): Limits => state.limits),
  },
});
