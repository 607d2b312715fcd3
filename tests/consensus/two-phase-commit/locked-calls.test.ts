import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CoreReply } from "../../../consensus-nodes/client/core-channel.ts";
import { LockedCalls } from "../../../consensus-nodes/client/locked-calls.ts";
import { PendingCall } from "../../../consensus-nodes/client/pending-call.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function pending(timeout: number) {
  const replies: CoreReply[] = [];
  const call = { group: "queue", name: "vote", input: {} };
  return { call: new PendingCall(call, performance.now() + timeout, (reply) => replies.push(reply)), replies };
}

test("a command that meets a lock is sent again and again, and told Conflict after a second", () => {
  const { call, replies } = pending(3000);
  let sent = 0;
  const locked: LockedCalls = new LockedCalls((calls) => {
    sent++;
    for (const each of calls) locked.add(each, "locked by transaction t1");
  });
  locked.add(call, "locked by transaction t1");
  vi.advanceTimersByTime(900);
  expect(replies).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(sent).toBeGreaterThan(20);
  expect(replies).toEqual([{ ok: false, failure: { kind: "Conflict", message: "locked by transaction t1" } }]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a command with less time than that is told Conflict within its time, for nothing was done", () => {
  const { call, replies } = pending(100);
  const locked: LockedCalls = new LockedCalls((calls) => {
    for (const each of calls) locked.add(each, "locked");
  });
  locked.add(call, "locked");
  vi.advanceTimersByTime(100);
  expect(replies).toMatchObject([{ ok: false, failure: { kind: "Conflict" } }]);
});

test("a client that closes leaves nobody waiting", () => {
  const { call, replies } = pending(3000);
  const locked = new LockedCalls(() => {});
  locked.add(call, "locked");
  locked.close();
  expect(replies).toMatchObject([{ ok: false, failure: { kind: "Conflict" } }]);
  expect(vi.getTimerCount()).toBe(0);
});
