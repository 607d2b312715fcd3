import fc from "fast-check";
import { expect, test } from "vitest";
import { LogClock } from "../../consensus-nodes/replica/log-clock.ts";

const HOUR = 3_600_000;

function clockAt(start: number) {
  const wall = { now: start };
  return { wall, log: new LogClock(() => wall.now, 0) };
}

test("the log's clock is the wall clock, as long as that is right", () => {
  const { wall, log } = clockAt(HOUR);
  for (const now of [HOUR, HOUR + 1, HOUR + 500, 9 * HOUR]) {
    wall.now = now;
    expect(log.read()).toBe(now);
  }
});

test("a log that is an hour ahead goes on at half the speed, and the wall clock catches up", () => {
  const { wall, log } = clockAt(HOUR);
  log.learn(2 * HOUR);
  for (let passed = 0; passed < 1000; passed++) {
    wall.now += 1;
    log.read();
  }
  expect(log.read()).toBe(2 * HOUR + 500);
  wall.now = 3 * HOUR - 10;
  expect(log.read()).toBe(3 * HOUR - 5);
  wall.now = 3 * HOUR + 10;
  expect(log.read()).toBe(3 * HOUR + 10);
});

test("a wall clock that is set back stops nothing", () => {
  const { wall, log } = clockAt(5 * HOUR);
  expect(log.read()).toBe(5 * HOUR);
  wall.now = HOUR;
  expect(log.read()).toBe(5 * HOUR);
  wall.now += 1000;
  expect(log.read()).toBe(5 * HOUR + 500);
});

test("it never goes back, is never behind the wall clock or an entry, and never stands still while that goes on", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("pass" as const), by: fc.nat(5000) }),
    fc.record({ kind: fc.constant("set" as const), by: fc.integer({ min: -HOUR, max: HOUR }) }),
    fc.record({ kind: fc.constant("learn" as const), by: fc.integer({ min: -HOUR, max: HOUR }) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { wall, log } = clockAt(100 * HOUR);
      let latest = log.read();
      for (const { kind, by } of steps) {
        if (kind === "learn") log.learn(latest + by);
        else wall.now += by;
        const read = log.read();
        const least = kind === "pass" ? latest + Math.floor(by / 2) : kind === "learn" ? latest + by : latest;
        expect(read).toBeGreaterThanOrEqual(Math.max(latest, wall.now, least - 1));
        latest = read;
      }
    }),
  );
});
