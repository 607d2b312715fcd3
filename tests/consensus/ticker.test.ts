import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CALM_TICKS, Ticker } from "../../consensus-nodes/node/ticker.ts";
import { TICK_MS } from "../../consensus-nodes/node/timing.ts";

const state = { ticks: 0, calm: false };
let ticker: Ticker;

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(state, { ticks: 0, calm: false });
  ticker = new Ticker({ tick: () => state.ticks++, calm: () => state.calm });
});
afterEach(() => {
  ticker.close();
  vi.useRealTimers();
});

const pass = (ticks: number) => vi.advanceTimersByTime(ticks * TICK_MS);

test("time passes as fast in a calm as out of it", () => {
  pass(7);
  expect(state.ticks).toBe(7);
  state.calm = true;
  pass(1 + 3 * CALM_TICKS);
  expect(state.ticks).toBe(8 + 3 * CALM_TICKS);
});

test("a calm node is not woken between", () => {
  state.calm = true;
  pass(1);
  pass(CALM_TICKS - 1);
  expect(state.ticks).toBe(1);
  pass(1);
  expect(state.ticks).toBe(1 + CALM_TICKS);
});

test("what stirs a calm node brings the ticks that have passed, and then each by itself", () => {
  state.calm = true;
  pass(1);
  pass(4);
  state.calm = false;
  ticker.stirred();
  expect(state.ticks).toBe(5);
  pass(2);
  expect(state.ticks).toBe(7);
});

test("what changes nothing leaves it calm", () => {
  state.calm = true;
  pass(1);
  pass(4);
  ticker.stirred();
  expect(state.ticks).toBe(1);
});

test("a node that was paused does not make up for it", () => {
  state.calm = true;
  pass(1);
  vi.setSystemTime(Date.now() + 60_000);
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
  state.calm = false;
  ticker.stirred();
  expect(state.ticks).toBeLessThanOrEqual(CALM_TICKS);
  vi.restoreAllMocks();
});
