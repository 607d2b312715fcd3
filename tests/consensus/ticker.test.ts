import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CALM_TICKS, Ticker } from "../../consensus-nodes/node/ticker.ts";
import { TICK_MS, timing } from "../../consensus-nodes/node/timing.ts";

/** On the wall clock; all nodes that are calm wake up every so many milliseconds from here on. */
const ALL_WAKE = Date.UTC(2026, 0, 1);
const CALM_MS = CALM_TICKS * TICK_MS;

const state = { ticks: 0, calm: false, rests: 0 };
let ticker: Ticker;

beforeEach(() => {
  vi.useFakeTimers({ now: ALL_WAKE });
  Object.assign(state, { ticks: 0, calm: false, rests: 0 });
  ticker = new Ticker({ tick: () => state.ticks++, calm: () => state.calm, rested: () => state.rests++ });
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
  pass(CALM_TICKS - 7);
  expect(state.ticks).toBe(CALM_TICKS);
  pass(3 * CALM_TICKS);
  expect(state.ticks).toBe(4 * CALM_TICKS);
});

test("one parcel of heartbeats that fails to come in a calm makes nobody look for a leader", () => {
  expect(CALM_TICKS).toBeGreaterThanOrEqual(2 * timing.heartbeatTicks);
  expect(2 * CALM_TICKS).toBeLessThan(timing.electionTicks);
});

test("a calm node is not woken between", () => {
  state.calm = true;
  pass(CALM_TICKS);
  expect(state.ticks).toBe(CALM_TICKS);
  pass(CALM_TICKS - 1);
  expect(state.ticks).toBe(CALM_TICKS);
  pass(1);
  expect(state.ticks).toBe(2 * CALM_TICKS);
});

test.each([3, 57, 110, 185, 196])(
  "nodes wake up together when they are calm, though one began %i ms later",
  (later) => {
    ticker.close();
    state.calm = true;
    const woken = [new Set<number>(), new Set<number>()] as const;
    const began = (times: Set<number>) => new Ticker({ tick: () => times.add(Date.now()), calm: () => true });
    const first = began(woken[0]);
    vi.advanceTimersByTime(later);
    const second = began(woken[1]);
    pass(2 * CALM_TICKS);
    woken[0].clear();
    woken[1].clear();
    pass(5 * CALM_TICKS);
    expect(woken[0].size).toBe(5);
    expect(woken[1]).toEqual(woken[0]);
    for (const node of [first, second]) node.close();
  },
);

test("a timer that came early wakes nobody twice", () => {
  state.calm = true;
  pass(CALM_TICKS);
  vi.setSystemTime(ALL_WAKE + 2 * CALM_MS - 3);
  pass(CALM_TICKS);
  expect(state.rests).toBe(2);
  pass(CALM_TICKS - 1);
  expect(state.rests).toBe(2);
  expect(state.ticks).toBe(2 * CALM_TICKS);
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

test("a calm that a late heartbeat has ended goes on as soon as that comes", () => {
  state.calm = true;
  pass(CALM_TICKS);
  state.calm = false;
  pass(CALM_TICKS);
  ticker.stirred();
  expect(state.ticks).toBe(2 * CALM_TICKS);
  state.calm = true;
  vi.advanceTimersByTime(5);
  ticker.stirred();
  pass(CALM_TICKS - 1);
  expect(state.ticks).toBe(2 * CALM_TICKS);
  pass(1);
  expect(state.ticks).toBe(3 * CALM_TICKS);
});

test("a calm whose heartbeat does not come is over: ticks come one by one", () => {
  state.calm = true;
  pass(CALM_TICKS);
  state.calm = false;
  pass(CALM_TICKS);
  ticker.stirred();
  pass(3);
  expect(state.ticks).toBe(2 * CALM_TICKS + 3);
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
