import { expect, test } from "vitest";
import { longestGap } from "./longest-gap.ts";

test("an outage lasts from the last success before the blow to the first after it", () => {
  expect(longestGap([0, 10, 20, 30, 230, 240], 35, 300)).toBe(200);
});

test("what happened before the blow does not count, nor what comes after the trial", () => {
  expect(longestGap([0, 500, 510, 560, 570, 1570], 505, 565)).toBe(50);
});

test("a success just after the blow, sent before it, does not hide the outage behind it", () => {
  expect(longestGap([0, 10, 12, 412, 420], 11, 430)).toBe(400);
});

test("who never succeeded again has no outage that could be told", () => {
  expect(longestGap([0, 10], 5, 100)).toBe(10);
  expect(longestGap([], 0, 100)).toBe(0);
});
