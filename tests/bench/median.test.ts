import { expect, test } from "vitest";
import { spread } from "./failover/spread.ts";
import { median } from "./median.ts";

test("the median is the value in the middle, or between the two there", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 9, 1, 5])).toBe(7);
  expect(median([])).toBeNaN();
});

test("nine in ten values are no more than p90", () => {
  expect(spread(Array.from({ length: 20 }, (_, i) => 20 - i))).toEqual({ median: 10.5, p90: 18, worst: 20 });
});
