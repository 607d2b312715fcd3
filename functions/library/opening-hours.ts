/**
 * When a branch is open, by its own clocks. The grammar is a part of what OpenStreetMap writes:
 *
 *     hours = [ rule *( ";" rule ) ]        empty: always open
 *     rule  = days " " ( spans / "off" )    a later rule for a day replaces an earlier one
 *     days  = run *( "," run )              run  = day [ "-" day ]     Fr-Mo goes over the weekend
 *     day   = Mo / Tu / We / Th / Fr / Sa / Su
 *     spans = span *( "," span )            span = HH:MM "-" HH:MM     the first before the second, at most 24:00
 *
 * Hours past midnight are two spans, which join: "Fr 18:00-24:00; Sa 00:00-02:00".
 */
import { Temporal } from "temporal-polyfill";

const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const MINUTES_PER_DAY = 1440;

/** Minutes of a day by the clock on the wall: 0 <= from < until <= 1440 */
interface Span {
  readonly from: number;
  readonly until: number;
}

/** By the day of the week, from Monday; each day's spans in order. */
export type OpeningHours = readonly (readonly Span[])[];

export type ParsedHours =
  /** `hours` undefined: always open. */
  { readonly ok: true; readonly hours: OpeningHours | undefined } | { readonly ok: false; readonly fault: string };

export function parseOpeningHours(text: string): ParsedHours {
  if (text.trim() === "") return { ok: true, hours: undefined };
  const week: (readonly Span[])[] = DAYS.map(() => []);
  for (const rule of text.split(";")) {
    const [, names, times] = /^\s*(\S+)\s+(.+?)\s*$/.exec(rule) ?? [];
    const days = names === undefined ? undefined : parseDays(names);
    const spans = times === undefined ? undefined : parseSpans(times);
    if (days === undefined) return fault(rule, "begins with no days like Mo-Fr,Su");
    if (spans === undefined) return fault(rule, "has no hours like 08:00-12:00,13:00-22:00, nor off");
    for (const day of days) week[day] = spans;
  }
  return { ok: true, hours: week };
}

function fault(rule: string, reason: string): ParsedHours {
  return { ok: false, fault: `cannot be read: ${JSON.stringify(rule.trim())} ${reason}` };
}

function parseDays(text: string): number[] | undefined {
  const days: number[] = [];
  for (const run of text.split(",")) {
    const [first = "", last = first, ...more] = run.split("-");
    const from = DAYS.indexOf(first);
    const to = DAYS.indexOf(last);
    if (from < 0 || to < 0 || more.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % DAYS.length) {
      days.push(day);
      if (day === to) break;
    }
  }
  return days;
}

function parseSpans(text: string): Span[] | undefined {
  if (text === "off") return [];
  const spans: Span[] = [];
  for (const span of text.split(",")) {
    const [, ...parts] = /^\s*(\d{2}):([0-5]\d)-(\d{2}):([0-5]\d)\s*$/.exec(span) ?? [];
    const [hour = Number.NaN, minute = 0, lastHour = 0, lastMinute = 0] = parts.map(Number);
    const from = hour * 60 + minute;
    const until = lastHour * 60 + lastMinute;
    if (!(from < until && until <= MINUTES_PER_DAY)) return undefined;
    spans.push({ from, until });
  }
  return spans.sort((a, b) => a.from - b.from);
}

/**
 * Whether the branch is open all the time from `start` to `end` (milliseconds since the epoch). Where the clocks go forward over an
 * end of a span, it lies where they do; where they go back, a span begins the first time and ends the last time that they show it.
 */
export function isOpen(hours: OpeningHours, zone: string, start: number, end: number): boolean {
  const last = dateOf(end, zone);
  let covered = start;
  for (let date = dateOf(start, zone); Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    for (const { from, until } of hours[date.dayOfWeek - 1] ?? []) {
      if (instantOf(date, from, zone, "earlier") > covered) break;
      covered = Math.max(covered, instantOf(date, until, zone, "later"));
      if (covered >= end) return true;
    }
    // Nothing opens early enough any more.
    if (instantOf(date, MINUTES_PER_DAY, zone, "later") > covered) return false;
  }
  return false;
}

function dateOf(time: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(zone).toPlainDate();
}

function instantOf(date: Temporal.PlainDate, minutes: number, zone: string, which: "earlier" | "later"): number {
  if (minutes === MINUTES_PER_DAY) return date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
  const local = date.toPlainDateTime({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
  const time = local.toZonedDateTime(zone, { disambiguation: which });
  if (time.toPlainDateTime().equals(local)) return time.epochMilliseconds;
  // In the gap: "earlier" lies before the clocks go forward, whichever was asked for.
  const before = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  return before.getTimeZoneTransition("next")?.epochMilliseconds ?? time.epochMilliseconds;
}
