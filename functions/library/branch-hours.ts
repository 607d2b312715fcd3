/** Whether a branch, as the core keeps it, is open. */
import { isOpen, parseOpeningHours } from "./opening-hours.ts";

/** Milliseconds. No library allows a longer reservation; what is asked about a longer time is not looked at day by day. */
export const LONGEST_MS = 31 * 24 * 3_600_000;

interface Branch {
  readonly branch: string;
  readonly time_zone: string;
  readonly opening_hours: string;
}

/**
 * All the time from `start` to `end`, in milliseconds since the epoch. Of a time beyond LONGEST_MS only where it is always open.
 * @throws {Error} when the hours cannot be read: they were checked before they were set
 */
export function isOpenAt({ branch, time_zone, opening_hours }: Branch, start: number, end: number): boolean {
  const parsed = parseOpeningHours(opening_hours);
  if (!parsed.ok) throw new Error(`branch ${branch}: opening_hours ${parsed.fault}`);
  if (parsed.hours === undefined) return true;
  return end - start <= LONGEST_MS && isOpen(parsed.hours, time_zone, start, end);
}
