import fc from "fast-check";
import { expect, test } from "vitest";
import { BackOff } from "../../local-stack/supervisor/back-off.ts";

const QUICK_DEATH_MS = 10;

test("a node that keeps dying waits twice as long each time, up to five seconds", () => {
  const backOff = new BackOff();
  const waits = Array.from({ length: 8 }, () => backOff.after(QUICK_DEATH_MS));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

test("ten seconds of life are forgiveness", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9_999 })), fc.integer({ min: 10_000 }), (lives, long) => {
      const backOff = new BackOff();
      for (const lived of lives) backOff.after(lived);
      expect(backOff.after(long)).toBe(100);
      expect(backOff.after(QUICK_DEATH_MS)).toBe(200);
    }),
  );
});
