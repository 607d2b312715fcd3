/**
 * Times as clients write them: ISO 8601 as RFC 3339 and RFC 9557 have it, to milliseconds since the epoch.
 *
 *     2026-11-21T10:00:00             UTC
 *     2026-11-21T10:00:00+01:00       an instant by its offset
 *     2026-11-21T10:00[Europe/Berlin] an instant by the clocks of a zone; refused when they never show it, or show it twice
 *     2026-10-25T02:30+01:00[Europe/Berlin]  which of the two is meant
 */
import { Temporal } from "temporal-polyfill";
import * as z from "zod";

/** Characters; the longest name of a zone has 32. */
const MAX_LENGTH = 100;
const WRITTEN =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?(?:\[!?([^[\]=]+)\])?$/;
const DATE_ONLY = /^\d{4}-?\d{2}-?\d{2}(?:\[.*\])?$/;
/** What a plus becomes in a query where it is not escaped. */
const LOST_PLUS = /^\d{4}-\d{2}-\d{2}[Tt ][\d:.]+ \d{2}:?\d{2}(?:\[.*\])?$/;
/** Milliseconds since the epoch: the year 9999. What lies beyond, or before 1970, was mistyped. */
const END_OF_TIME = 253_370_764_800_000;

export type ParsedTime =
  | { readonly ok: true; readonly time: number }
  /** `fault` goes on a sentence that begins with the field's name. */
  | { readonly ok: false; readonly fault: string };

export function parseTime(text: string): ParsedTime {
  if (DATE_ONLY.test(text)) return fault("has a date only, and needs a time of day: 2026-11-21T10:00:00Z");
  if (LOST_PLUS.test(text)) return fault("has a blank before its offset: in a query + is written %2B");
  const [whole, date, clock, offset, zone] = WRITTEN.exec(text) ?? [];
  if (whole === undefined) return fault("must be an ISO 8601 time: 2026-11-21T10:00:00Z");
  const local = plainDateTime(`${date}T${clock}`);
  if (local === undefined) return fault("names a day or a time of day that no calendar has");
  const parsed = zone === undefined ? byOffset(local, offset) : byZone(local, offset, zone);
  if (parsed.ok && (parsed.time < 0 || parsed.time >= END_OF_TIME)) return fault("must be from 1970 to 9998");
  return parsed;
}

function byOffset(local: Temporal.PlainDateTime, offset = "Z"): ParsedTime {
  const zone = isUtc(offset) ? "UTC" : offset;
  return found(local.toZonedDateTime(zone));
}

function byZone(local: Temporal.PlainDateTime, offset: string | undefined, zone: string): ParsedTime {
  if (!isTimeZone(zone)) return fault(`has an unknown time zone, ${JSON.stringify(zone)}`);
  // RFC 9557, section 3.4: Z says nothing about the zone's own offset.
  if (offset !== undefined && isUtc(offset)) return byOffset(local);
  const first = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  const second = local.toZonedDateTime(zone, { disambiguation: "later" });
  if (!first.toPlainDateTime().equals(local)) return fault(`does not exist in ${zone}: the clocks go forward then`);
  if (offset === undefined) {
    if (first.equals(second)) return found(first);
    return fault(`occurs twice in ${zone}: say which by an offset, ${first.offset} or ${second.offset}`);
  }
  const meant = [first, second].find((one) => one.offset === withColon(offset));
  return meant === undefined
    ? fault(`has an offset that ${zone} does not have then: it is ${first.offset}`)
    : found(meant);
}

/** By IANA, or an offset. */
export function isTimeZone(name: string): boolean {
  try {
    new Temporal.ZonedDateTime(0n, name);
    return true;
  } catch {
    return false;
  }
}

function plainDateTime(text: string): Temporal.PlainDateTime | undefined {
  try {
    return Temporal.PlainDateTime.from(text);
  } catch {
    return undefined;
  }
}

const isUtc = (offset: string) => offset === "Z" || offset === "z";
const withColon = (offset: string) => offset.replace(/^([+-]\d{2}):?(\d{2})$/, "$1:$2");

function found(time: Temporal.ZonedDateTime): ParsedTime {
  return { ok: true, time: time.epochMilliseconds };
}

function fault(text: string): ParsedTime {
  return { ok: false, fault: text };
}

const description = "ISO 8601; without a zone UTC. An IANA zone may follow in brackets (RFC 9557).";
const example = "2026-11-21T10:00:00Z";

function read(text: string, context: z.RefinementCtx<string>): number {
  const parsed = parseTime(text);
  if (parsed.ok) return parsed.time;
  context.addIssue({ code: "custom", message: parsed.fault });
  return z.NEVER;
}

const text = z.string().max(MAX_LENGTH);

/** To milliseconds since the epoch. */
export const Time = text.transform(read).meta({ description, example });

/** The same in a query: empty is absent. */
export const TimeIfAny = text
  .transform((text, context) => (text === "" ? undefined : read(text, context)))
  .optional()
  .meta({ description, example });
