/**
 * Library seats: reservations that never overlap on a seat, a waitlist that is offered what becomes free, notifications, and
 * who did what. Wire: shared/contracts/seats.md.
 *
 * What falls due (no-shows, ends, offers that expire) is carried out before each command as well as by the deadlines in the log:
 * a command finds everything done whose instant has come. Every result names its log entry, `index`: a query that waits for it
 * sees the change. A transaction locks users, not seats: a reservation in one may be refused in its result, when it is committed.
 */
import * as z from "zod";
import { auditTrail } from "./library-audit.ts";
import { cancel, checkIn, reserve } from "./library-booking.ts";
import { nextDue, settle } from "./library-due.ts";
import { forgetUser } from "./library-forget-user.ts";
import { Configuration, configure, setBranch, setMaintenance, setSeats } from "./library-furnishing.ts";
import { notificationsOf } from "./library-notifications.ts";
import { Branch, Days, Id, Instant, Seat, Status } from "./library-records.ts";
import { reservationById, reservationsOf } from "./library-reservations.ts";
import { branchList, seatById, seatList } from "./library-seat-views.ts";
import { librarySnapshots } from "./library-snapshot.ts";
import { BOUNDS, emptyState, type LibraryState } from "./library-state.ts";
import { joinWaitlist, leaveWaitlist, notify } from "./library-waiting.ts";
import { entriesOf } from "./library-waitlist.ts";
import { type ApplyContext, type Command, command, defineMachine, query } from "./machine.ts";

/** Records of the audit trail in one answer. */
const MAX_AUDITED = 10_000;

/** Whose it must be; null: a trusted caller, who acts for anybody. */
const Owner = Id.nullable();
const OfUser = z.object({ user: Id });
const Nothing = z.object({});

const Reserve = z
  .object({ user: Id, seat: Id, start: Instant, end: Instant, days: Days })
  .refine(({ start, end }) => start < end, "the end must be after the start");
const OfReservation = z.object({ reservation: Id, user: Owner });
const JoinWaitlist = z.object({ user: Id, seat: Id.nullable(), branch: z.string().max(200), desired: Instant });
const LeaveWaitlist = z.object({ entry: Id, user: Owner });
const Notify = z.object({ seat: Id, message: z.string().max(1000) });
const SetSeats = z.object({ seats: z.array(Seat).max(BOUNDS.seats) });
const SetMaintenance = z.object({ seat: Id, maintenance: z.boolean() });

const window = { start: Instant.optional(), end: Instant.optional(), now: Instant };
const WINDOW = "start and end come together, the end after the start";
function isWindow({ start, end }: { readonly start?: number | undefined; readonly end?: number | undefined }): boolean {
  return start === undefined || end === undefined ? start === end : start < end;
}

const Seats = z
  .object({
    ...window,
    branch: z.string().optional(),
    area: z.string().optional(),
    has_power: z.boolean().optional(),
    has_monitor: z.boolean().optional(),
    available_only: z.boolean().optional(),
    /** What an earlier answer to the same question said. */
    known: z.object({ revision: z.int(), until: Instant.nullable() }).optional(),
  })
  .refine(isWindow, WINDOW);
const SeatQuery = z.object({ ...window, id: Id }).refine(isWindow, WINDOW);
const ReservationsOf = OfUser.extend({ status: Status.optional(), upcomingAt: Instant.optional() });
const NotificationsOf = OfUser.extend({ after: z.int().min(0).nullable() });
const Audit = z.object({ reservation: Id.nullable(), limit: z.int().min(1).max(MAX_AUDITED) });

function keys({ user }: { readonly user: number | null }): readonly string[] {
  return user === null ? [] : [`user:${user}`];
}

/** A command that finds done what is due. */
function timely<Input, Result>(
  schema: z.ZodType<Input>,
  apply: (state: LibraryState, input: Input, context: ApplyContext) => Result,
  transactional: Pick<Command<LibraryState, NoInfer<Input>, Result>, "keys"> = {},
): Command<LibraryState, Input, Result> {
  return command(
    schema,
    (state, input, context) => {
      settle(state, context);
      return apply(state, input, context);
    },
    transactional,
  );
}

export const library = defineMachine({
  name: "library",
  initial: () => emptyState(),
  deadline: nextDue,
  due: settle,
  snapshots: librarySnapshots,
  commands: {
    configure: timely(Configuration, configure),
    setBranch: timely(Branch, setBranch),
    setSeats: timely(SetSeats, setSeats),
    setMaintenance: timely(SetMaintenance, setMaintenance),
    reserve: timely(Reserve, reserve, { keys }),
    checkIn: timely(OfReservation, checkIn, { keys }),
    cancel: timely(OfReservation, cancel, { keys }),
    joinWaitlist: timely(JoinWaitlist, joinWaitlist, { keys }),
    leaveWaitlist: timely(LeaveWaitlist, leaveWaitlist, { keys }),
    notify: timely(Notify, notify),
    forgetUser: timely(OfUser, forgetUser, { keys }),
  },
  queries: {
    seats: query(Seats, seatList),
    seat: query(SeatQuery, seatById),
    branches: query(Nothing, branchList),
    reservation: query(z.object({ id: Id, user: Owner }), reservationById),
    reservationsOf: query(ReservationsOf, reservationsOf),
    waitlistOf: query(OfUser, (state: LibraryState, { user }) => entriesOf(state, user)),
    notificationsOf: query(NotificationsOf, (state: LibraryState, input, { index }) =>
      notificationsOf(state, input, index),
    ),
    audit: query(Audit, auditTrail),
    limits: query(Nothing, ({ limits }: LibraryState) => limits),
  },
});
