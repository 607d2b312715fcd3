/** Local times against what the runtime's own calendar shows on the wall, over the days on which clocks change. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localDays } from "../../functions/library/local-days.ts";
import { isOpen, parseOpeningHours } from "../../functions/library/opening-hours.ts";
import { parseTime } from "../../functions/library/time.ts";

const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;
const DAY_MS = 86_400_000;

/** By zone: every offset from UTC that it has in 2030, in minutes, and days (UTC) around which its clocks change. */
const ZONES = {
  UTC: { offsets: [0], changes: ["2030-03-31"] },
  "Europe/Berlin": { offsets: [60, 120], changes: ["2030-03-31", "2030-10-27"] },
  "America/New_York": { offsets: [-300, -240], changes: ["2030-03-10", "2030-11-03"] },
  "Australia/Lord_Howe": { offsets: [630, 660], changes: ["2030-04-06", "2030-10-05"] },
  // At midnight: days that begin at one, or whose first hour comes twice.
  "America/Havana": { offsets: [-300, -240], changes: ["2030-03-10", "2030-11-03"] },
} as const;
type Zone = keyof typeof ZONES;

const formats = new Map<Zone, Intl.DateTimeFormat>();

/** "2030-03-31T02:30" */
function onTheWall(time: number, zone: Zone): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short", hourCycle: "h23" });
  formats.set(zone, format);
  return format.format(time).replace(" ", "T");
}

const someZone = fc.constantFrom(...(Object.keys(ZONES) as Zone[]));
/** A zone, and half hours within a day and a half of a change of its clocks; milliseconds since the epoch. */
const around = (count: number) =>
  someZone.chain((zone) =>
    fc.record({
      zone: fc.constant(zone),
      times: fc
        .tuple(
          fc.constantFrom(...ZONES[zone].changes),
          fc.array(fc.integer({ min: -48, max: 72 }), { minLength: count, maxLength: count }),
        )
        .map(([day, halves]) => halves.map((half) => Date.parse(day) + half * HALF_HOUR_MS).toSorted((a, b) => a - b)),
    }),
  );

describe("a local time", () => {
  test("is the one instant at which the zone's clocks show it, and refused when there are none or two", () => {
    fc.assert(
      fc.property(around(1), ({ zone, times: [asUtc = 0] }) => {
        const local = new Date(asUtc).toISOString().slice(0, 16);
        const shown = ZONES[zone].offsets
          .map((offset) => asUtc - offset * MINUTE_MS)
          .filter((time) => onTheWall(time, zone) === local);
        const parsed = parseTime(`${local}[${zone}]`);
        if (shown.length === 1) expect(parsed).toEqual({ ok: true, time: shown[0] });
        else {
          const fault = shown.length === 0 ? /^does not exist/ : /^occurs twice/;
          expect(parsed).toEqual({ ok: false, fault: expect.stringMatching(fault) });
        }
      }),
      { numRuns: 500 },
    );
  });

  test("with its offset is that instant, whichever of two it is", () => {
    fc.assert(
      fc.property(around(1), ({ zone, times: [time = 0] }) => {
        const offset = ZONES[zone].offsets.find(
          (minutes) => new Date(time + minutes * MINUTE_MS).toISOString().slice(0, 16) === onTheWall(time, zone),
        );
        const minutes = Math.abs(offset ?? 0);
        const sign = (offset ?? 0) < 0 ? "-" : "+";
        const hours = String(Math.floor(minutes / 60)).padStart(2, "0");
        const written = `${onTheWall(time, zone)}${sign}${hours}:${String(minutes % 60).padStart(2, "0")}`;
        expect(parseTime(written)).toEqual({ ok: true, time });
        expect(parseTime(`${written}[${zone}]`)).toEqual({ ok: true, time });
      }),
      { numRuns: 500 },
    );
  });
});

test("the days of a reservation are those on the wall, and their minutes are its own", () => {
  fc.assert(
    fc.property(around(2), ({ zone, times: [start = 0, end = 0] }) => {
      const counted = new Map<string, number>();
      for (let time = start; time < end; time += HALF_HOUR_MS) {
        const day = onTheWall(time, zone).slice(0, 10);
        counted.set(day, (counted.get(day) ?? 0) + 30);
      }
      expect(localDays(start, end, zone)).toEqual(Array.from(counted, ([day, minutes]) => ({ day, minutes })));
    }),
    { numRuns: 300 },
  );
});

test("a branch is open while its clocks show its hours, on days of any length", () => {
  // The clocks change between 00:00 and 04:00, where beginning and end of a span have rules of their own.
  const span = fc
    .tuple(fc.constantFrom(0, 4, 8, 12), fc.constantFrom(12, 16, 20, 24))
    .filter(([from, until]) => from < until);
  const hoursOf = (spans: readonly (readonly [number, number])[]) =>
    ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
      .map((day, i) => [day, spans[i] ?? [0, 24]] as const)
      .map(([day, [from, until]]) => `${day} ${String(from).padStart(2, "0")}:00-${String(until).padStart(2, "0")}:00`)
      .join("; ");
  fc.assert(
    fc.property(
      around(2),
      fc.array(span, { minLength: 7, maxLength: 7 }),
      ({ zone, times: [start = 0, end = 0] }, spans) => {
        fc.pre(start < end && end - start <= 2 * DAY_MS);
        const parsed = parseOpeningHours(hoursOf(spans));
        if (!parsed.ok || parsed.hours === undefined) throw new Error("these are hours");
        let open = true;
        for (let time = start; time < end; time += HALF_HOUR_MS) {
          const wall = onTheWall(time, zone);
          const [from = 0, until = 24] = spans[(new Date(wall.slice(0, 10)).getUTCDay() + 6) % 7] ?? [];
          const hour = Number(wall.slice(11, 13));
          if (hour < from || hour >= until) open = false;
        }
        expect(isOpen(parsed.hours, zone, start, end)).toBe(open);
      },
    ),
    { numRuns: 500 },
  );
});
