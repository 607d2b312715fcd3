import { describe, expect, test } from "vitest";
import { MemberLog } from "../../../consensus-nodes/raft/member-log.ts";
import type { Body } from "../../../consensus-nodes/raft/message.ts";
import { emptyLog } from "./harness/founding.ts";
import { appendEntries } from "./harness/lone-member.ts";

describe("what of a log counts as on disk", () => {
  test("is what was handed out and came back, in order", () => {
    const log = empty();
    log.append(1, 0, 0, new Uint8Array(1));
    const first = log.takeWaiting();
    log.append(1, 0, 0, new Uint8Array(1));
    const second = log.takeWaiting();
    expect(log.durable).toBe(0);
    log.persisted(first);
    expect(log.durable).toBe(1);
    log.persisted(second);
    expect(log.durable).toBe(2);
  });

  test("goes back when a suffix is replaced, and does not grow by what was replaced", () => {
    const log = empty();
    follow(log, appendEntries(0, 0, [1, 1, 1, 1]));
    log.persisted(log.takeWaiting());
    expect(log.durable).toBe(4);
    follow(log, appendEntries(4, 1, [2, 2]));
    const replaced = log.takeWaiting();
    follow(log, appendEntries(2, 1, [3, 3, 3, 3]));
    expect(log.durable).toBe(2);
    log.persisted(replaced);
    expect(log.durable).toBe(2);
    log.persisted(log.takeWaiting());
    expect(log.durable).toBe(6);
  });

  test("is never handed out twice, nor what was replaced before it was handed out", () => {
    const log = empty();
    follow(log, appendEntries(0, 0, [1, 1, 1]));
    follow(log, appendEntries(1, 1, [2]));
    expect(log.takeWaiting().map(({ index, term }) => [index, term])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(log.takeWaiting()).toEqual([]);
    follow(log, appendEntries(0, 0, [1, 2]));
    expect(log.hasWaiting).toBe(false);
  });

  test("must follow without a gap", () => {
    const body = appendEntries(0, 0, [1, 1]);
    if (body.type !== "AppendEntries") throw new Error("unreachable");
    const [, second] = body.entries;
    const gap: Body = { ...body, entries: second === undefined ? [] : [second] };
    expect(() => follow(empty(), gap)).toThrow("entries must be consecutive: expected 1, found 2");
  });
});

function empty(): MemberLog {
  return new MemberLog(emptyLog([1, 2, 3]));
}

function follow(log: MemberLog, body: Body): void {
  if (body.type !== "AppendEntries") throw new Error(`not an append: ${body.type}`);
  expect(log.follow(body).matched).toBe(true);
}
