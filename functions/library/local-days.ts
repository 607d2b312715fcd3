/** How much of each day a reservation takes: what the limit of hours per day counts. */
import { Temporal } from "temporal-polyfill";

const MINUTE_MS = 60_000;

export interface Day {
  /** "2026-11-21", by the clocks of the branch. */
  readonly day: string;
  /** Begun ones count. */
  readonly minutes: number;
}

/** Days of 23 and 25 hours are as long as they are. @param start milliseconds since the epoch, like `end` */
export function localDays(start: number, end: number, zone: string): Day[] {
  const days: Day[] = [];
  for (let from = start; from < end; ) {
    const date = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).toPlainDate();
    const midnight = date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
    const until = Math.min(end, midnight);
    days.push({ day: date.toString(), minutes: Math.ceil((until - from) / MINUTE_MS) });
    from = until;
  }
  return days;
}
