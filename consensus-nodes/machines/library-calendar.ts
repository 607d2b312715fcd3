/**
 * What holds one seat, and when: intervals [start, end) in milliseconds since the epoch, no two of which overlap.
 *
 *     held   ──[ 9:00 ──── 10:00 )[ 10:00 ── 11:00 )────────[ 13:00 ── 14:00 )──   sorted by start, hence also by end
 *
 * So whatever meets [start, end) is the one before `start`, if it reaches in, and those that start within: a tree of any size is
 * asked for neighbours only.
 */
import { SortedTree } from "./sorted-tree.ts";

export interface Interval {
  readonly start: number;
  /** start < end; the instant `end` is not part of it. */
  readonly end: number;
}

export type Holding = Interval &
  (
    | { readonly kind: "reservation"; readonly id: number }
    | { readonly kind: "offer"; readonly entry: number; readonly user: number }
  );

type Intervals<I extends Interval> = SortedTree<number, I>;

export interface Calendar {
  /** By start: reservations that hold the seat, ended ones included, and open offers. No two overlap. */
  readonly held: Intervals<Holding>;
  /** By start: of those, the reservations that are checked in. */
  readonly used: Intervals<Interval>;
}

export function ascending(a: number, b: number): number {
  return a - b;
}

export function emptyCalendar(): Calendar {
  return { held: new SortedTree(undefined, ascending), used: new SortedTree(undefined, ascending) };
}

/** Those that have an instant in [start, end), in order. The intervals must not change meanwhile. */
export function* meeting<I extends Interval>(intervals: Intervals<I>, start: number, end: number): Iterable<I> {
  const before = intervals.nextLowerPair(start)?.[1];
  if (before !== undefined && before.end > start) yield before;
  for (const [from, interval] of intervals.entries(start)) {
    if (from >= end) return;
    yield interval;
  }
}

export function isFree<I extends Interval>(intervals: Intervals<I>, { start, end }: Interval): boolean {
  for (const _ of meeting(intervals, start, end)) return false;
  return true;
}

export function hold({ held }: Calendar, holding: Holding): void {
  const { start, end } = holding;
  if (!(start < end)) throw new Error(`expected start < end, found [${start}, ${end})`);
  if (!isFree(held, holding)) throw new Error(`[${start}, ${end}) is held already`);
  held.set(start, holding);
}

export function release({ held }: Calendar, { start }: Interval): void {
  if (!held.delete(start)) throw new Error(`nothing is held from ${start} on`);
}

/** The next instant after `now` at which it changes whether one of the intervals has it; null: never. */
export function nextChange<I extends Interval>(intervals: Intervals<I>, now: number): number | null {
  let reached = now;
  for (const { start, end } of meeting(intervals, now, Number.POSITIVE_INFINITY)) {
    if (start > reached) return reached === now ? start : reached;
    reached = end;
  }
  return reached === now ? null : reached;
}
