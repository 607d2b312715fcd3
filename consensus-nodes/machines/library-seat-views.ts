/** Seats and branches as lists show them, and until when a list stays as it is. */
import { isFree, nextChange } from "./library-calendar.ts";
import type { Branch, Seat } from "./library-records.ts";
import { calendarOf, type LibraryState } from "./library-state.ts";

/** A seat as lists show it. */
export interface SeatView extends Omit<Seat, "maintenance"> {
  /** OCCUPIED: somebody who has checked in has it at `now`. */
  readonly status: "AVAILABLE" | "OCCUPIED" | "MAINTENANCE";
  /** Not in maintenance, and nothing holds it in the time that was asked for; at `now`, when none was. */
  readonly is_available: boolean;
}

interface Listed {
  /** Of the log entry that last changed anything seat lists show. */
  readonly revision: number;
  /** At that instant the answer will be another, without any command before; null: never. Milliseconds since the epoch. */
  readonly until: number | null;
}

export type SeatList =
  | (Listed & { readonly seats: readonly SeatView[]; readonly unchanged?: never })
  | (Listed & { readonly unchanged: true; readonly seats?: never });

export interface BranchView extends Branch {
  readonly total_seats: number;
  readonly power_seats: number;
  readonly monitor_seats: number;
}

/** `start` and `end` together or not at all. */
interface Window {
  readonly now: number;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

interface Asked extends Window {
  readonly branch?: string | undefined;
  readonly area?: string | undefined;
  readonly has_power?: boolean | undefined;
  readonly has_monitor?: boolean | undefined;
  readonly available_only?: boolean | undefined;
  readonly known?: Listed | undefined;
}

function view(state: LibraryState, seat: Seat, { now, start, end }: Window): SeatView {
  const { id, branch, area, has_power, has_monitor, maintenance } = seat;
  const { used, held } = calendarOf(state, id);
  const inUse = !isFree(used, { start: now, end: now + 1 });
  const status = maintenance ? "MAINTENANCE" : inUse ? "OCCUPIED" : "AVAILABLE";
  const is_available = !maintenance && isFree(held, { start: start ?? now, end: end ?? now + 1 });
  return { id, branch, area, has_power, has_monitor, status, is_available };
}

/** When the view, or whether it is listed, changes by time alone. */
function viewedUntil(state: LibraryState, { id, maintenance }: Seat, seen: SeatView, asked: Asked): number | null {
  if (maintenance) return null;
  const { used, held } = calendarOf(state, id);
  const availability = asked.start === undefined ? nextChange(held, asked.now) : null;
  const listed = seen.is_available || !asked.available_only;
  return earlier(availability, listed ? nextChange(used, asked.now) : null);
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** By id. With `known`, what an earlier answer to the same question said, the seats are left out when they would be the same. */
export function seatList(state: LibraryState, asked: Asked): SeatList {
  const { now, known, branch, area, has_power, has_monitor, available_only } = asked;
  const { revision } = state;
  if (known?.revision === revision && (known.until === null || now < known.until)) {
    return { unchanged: true, revision, until: known.until };
  }
  const seats: SeatView[] = [];
  let until: number | null = null;
  for (const seat of state.seats.values()) {
    if (branch !== undefined && seat.branch !== branch) continue;
    if (area !== undefined && seat.area !== area) continue;
    if (has_power !== undefined && seat.has_power !== has_power) continue;
    if (has_monitor !== undefined && seat.has_monitor !== has_monitor) continue;
    const seen = view(state, seat, asked);
    until = earlier(until, viewedUntil(state, seat, seen, asked));
    if (seen.is_available || !available_only) seats.push(seen);
  }
  return { revision, until, seats };
}

export function seatById(
  state: LibraryState,
  asked: Window & { readonly id: number },
): { readonly seat: SeatView; readonly branch: Branch } | null {
  const seat = state.seats.get(asked.id);
  if (seat === undefined) return null;
  const branch = state.branches.get(seat.branch);
  if (branch === undefined) throw new Error(`seat ${seat.id} is of branch ${seat.branch}, which is gone`);
  return { seat: view(state, seat, asked), branch };
}

/** In the order of their coming. */
export function branchList({ branches, seats }: LibraryState): readonly BranchView[] {
  const counts = new Map([...branches.keys()].map((name) => [name, { total: 0, power: 0, monitor: 0 }]));
  for (const { branch, has_power, has_monitor } of seats.values()) {
    const count = counts.get(branch);
    if (count === undefined) throw new Error(`a seat is of branch ${branch}, which is gone`);
    count.total += 1;
    if (has_power) count.power += 1;
    if (has_monitor) count.monitor += 1;
  }
  return Array.from(branches.values(), (branch) => {
    const { total = 0, power = 0, monitor = 0 } = counts.get(branch.branch) ?? {};
    return { ...branch, total_seats: total, power_seats: power, monitor_seats: monitor };
  });
}
