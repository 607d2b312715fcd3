/** What the library sets: its branches and seats, what is in maintenance, the limits. */
import * as z from "zod";
import { dueOf, schedule, unschedule } from "./library-agenda.ts";
import { actorOf, record } from "./library-audit.ts";
import { emptyCalendar } from "./library-calendar.ts";
import { prolongOffers, withdrawOffers } from "./library-offers.ts";
import { type Branch, INITIAL_LIMITS, Limits, type Seat } from "./library-records.ts";
import type { LibraryState } from "./library-state.ts";
import type { ApplyContext } from "./machine.ts";

interface Done<Outcome extends string> {
  readonly outcome: Outcome;
  /** Of the log entry that carried the command. */
  readonly index: number;
}

export type Configured = Done<"configured"> & { readonly limits: Limits };
export type BranchSet = (Done<"set"> & { readonly branch: Branch }) | Done<"full">;
/** `seats`: how many there are now. */
export type SeatsSet = (Done<"set"> & { readonly seats: number }) | Done<"full">;
export type MaintenanceSet = (Done<"set"> & { readonly seat: Seat }) | Done<"absent">;

const by = actorOf(null);
const names = Limits.keyof().options;

/**
 * What is absent or undefined stays as it is, or, `afresh`, is as it was at first. The deadlines of what is there follow; what
 * came about stays.
 */
export const Configuration = Limits.partial().extend({ afresh: z.literal(true).optional() });

export function configure(
  state: LibraryState,
  { afresh, ...change }: z.infer<typeof Configuration>,
  context: ApplyContext,
): Configured {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const before = state.limits;
  const limits = Limits.parse({ ...(afresh ? INITIAL_LIMITS : before), ...given });
  if (names.every((name) => limits[name] === before[name]))
    return { outcome: "configured", index: context.index, limits };
  if (limits.grace === before.grace) state.limits = limits;
  else regrace(state, limits);
  if (limits.offer !== before.offer) prolongOffers(state);
  record(state, "configured", { by }, context);
  return { outcome: "configured", index: context.index, limits };
}

function regrace(state: LibraryState, limits: Limits): void {
  const confirmed = state.agenda.keysArray().flatMap(({ kind, id }) => {
    const reservation = kind === "reservation" ? state.reservations.get(id) : undefined;
    return reservation?.status === "CONFIRMED" ? [reservation] : [];
  });
  for (const reservation of confirmed) unschedule(state, dueOf(reservation, state.limits));
  state.limits = limits;
  for (const reservation of confirmed) schedule(state, dueOf(reservation, limits));
}

export function setBranch(state: LibraryState, input: Branch, context: ApplyContext): BranchSet {
  const { index } = context;
  const { branches, bounds } = state;
  const { branch: name, time_zone, opening_hours } = input;
  if (!branches.has(name) && branches.size >= bounds.branches) return { outcome: "full", index };
  const branch = { branch: name, time_zone, opening_hours };
  branches.set(name, branch);
  record(state, "branch-set", { by }, context);
  return { outcome: "set", index, branch };
}

/** All or none, when there are too many. Of two with one id the later counts. */
export function setSeats(
  state: LibraryState,
  { seats }: { readonly seats: readonly Seat[] },
  context: ApplyContext,
): SeatsSet {
  const { index } = context;
  const ids = new Set(seats.flatMap(({ id }) => (state.seats.has(id) ? [] : [id])));
  const branches = new Set(seats.flatMap(({ branch }) => (state.branches.has(branch) ? [] : [branch])));
  const full = state.seats.size + ids.size > state.bounds.seats;
  if (full || state.branches.size + branches.size > state.bounds.branches) return { outcome: "full", index };
  for (const branch of branches) state.branches.set(branch, { branch, time_zone: "UTC", opening_hours: "" });
  for (const seat of seats) putSeat(state, seat, context);
  return { outcome: "set", index, seats: state.seats.size };
}

/** Who has reserved the seat keeps it; who was offered it waits again. Out of maintenance, nothing is offered by itself. */
export function setMaintenance(
  state: LibraryState,
  { seat: id, maintenance }: { readonly seat: number; readonly maintenance: boolean },
  context: ApplyContext,
): MaintenanceSet {
  const { index } = context;
  const before = state.seats.get(id);
  if (before === undefined) return { outcome: "absent", index };
  const seat = { ...before, maintenance };
  putSeat(state, seat, context);
  return { outcome: "set", index, seat };
}

function putSeat(state: LibraryState, input: Seat, context: ApplyContext): void {
  // What a client sends beside the fields must not get into the state.
  const { id, branch, area, has_power, has_monitor, maintenance } = input;
  const before = state.seats.get(id);
  const same =
    before?.branch === branch &&
    before.area === area &&
    before.has_power === has_power &&
    before.has_monitor === has_monitor;
  if (same && before.maintenance === maintenance) return;
  addSeat(state, { id, branch, area, has_power, has_monitor, maintenance });
  state.revision = context.index;
  if (!same) record(state, "seat-set", { by, seat: id }, context);
  if ((before?.maintenance ?? false) === maintenance) return;
  record(state, maintenance ? "maintenance-begun" : "maintenance-ended", { by, seat: id }, context);
  if (maintenance) withdrawOffers(state, id, context);
}

/** Also when a snapshot is restored. */
export function addSeat(state: LibraryState, seat: Seat): void {
  state.seats.set(seat.id, seat);
  if (!state.calendars.has(seat.id)) state.calendars.set(seat.id, emptyCalendar());
}
