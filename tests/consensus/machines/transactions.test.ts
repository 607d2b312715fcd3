import { describe, expect, test } from "vitest";
import { MAX_ENDED, transactions } from "../../../consensus-nodes/machines/transactions.ts";

type State = ReturnType<typeof transactions.initial>;

const participants = ["group:queue", "node:1"];
const { begin, decide, inquire, acknowledge } = transactions.commands;
const at = (now: number) => ({ now, index: 1 });
const beginning = (id: string, fingerprint = "f") => ({
  id,
  participants,
  fingerprint,
  coordinator: "0",
  timeout: 1000,
});
const wish = (id: string, commit: boolean) => ({ id, commit, votes: {}, reason: "" });
const shown = (state: State, id: string) => transactions.queries.show.answer(state, { id }, at(0));
const untold = (state: State, limit: number, after?: string) =>
  transactions.queries.untold
    .answer(state, { limit, ...(after !== undefined && { after }) }, at(0))
    .map(({ id }) => id);

describe("the log of transactions", () => {
  test("keeps the first decision, whatever is asked for later", () => {
    for (const first of [true, false]) {
      const state = transactions.initial();
      begin.apply(state, beginning("t"), at(0));
      expect(decide.apply(state, wish("t", first), at(1))).toEqual({ commit: first });
      expect(decide.apply(state, wish("t", !first), at(2))).toEqual({ commit: first });
      expect(inquire.apply(state, { id: "t" }, at(5000))).toEqual({ commit: first });
      expect(begin.apply(state, beginning("t"), at(6000))).toEqual({ outcome: "known", decision: first });
      expect(shown(state, "t")?.decision?.commit).toBe(first);
    }
  });

  test("writes an abort for what it does not know before it tells it, and a commit that comes later loses", () => {
    const state = transactions.initial();
    expect(inquire.apply(state, { id: "t" }, at(0))).toEqual({ commit: false });
    expect(begin.apply(state, beginning("t"), at(1))).toEqual({ outcome: "known", decision: false });
    expect(decide.apply(state, wish("t", true), at(2))).toEqual({ commit: false });
  });

  test("lets no one commit what was never begun, or is forgotten", () => {
    const state = transactions.initial();
    expect(decide.apply(state, wish("t", true), at(0))).toEqual({ commit: false });
    expect(shown(state, "t")?.decision?.commit).toBe(false);
  });

  test("aborts one whose coordinator is lost without waiting for its time to be up", () => {
    const state = transactions.initial();
    begin.apply(state, beginning("t"), at(100));
    expect(inquire.apply(state, { id: "t", lost: ["another"] }, at(101))).toEqual({ commit: null });
    expect(inquire.apply(state, { id: "t", lost: ["another", "0"] }, at(101))).toEqual({ commit: false });
    // It lives after all, and has all votes.
    expect(decide.apply(state, wish("t", true), at(102))).toEqual({ commit: false });
    expect(transactions.deadline?.(state)).toBeUndefined();
  });

  test("has no answer within the time of a transaction, and aborts it when that is up", () => {
    const state = transactions.initial();
    begin.apply(state, beginning("t"), at(100));
    expect(inquire.apply(state, { id: "t" }, at(1099))).toEqual({ commit: null });
    expect(transactions.deadline?.(state)).toBe(1100);
    transactions.due?.(state, at(1099));
    expect(shown(state, "t")?.decision).toBeUndefined();
    transactions.due?.(state, at(1100));
    expect(shown(state, "t")?.decision).toMatchObject({ commit: false, reason: "not decided in time" });
    expect(transactions.deadline?.(state)).toBeUndefined();
  });

  test("refuses an id with other operations", () => {
    const state = transactions.initial();
    begin.apply(state, beginning("t"), at(0));
    expect(begin.apply(state, beginning("t", "other"), at(1)).outcome).toBe("conflict");
    expect(begin.apply(state, beginning("t"), at(1))).toEqual({ outcome: "known", decision: null });
  });

  test("tells of commits until all have acknowledged, page by page", () => {
    const state = transactions.initial();
    for (const id of ["t1", "t2", "t3"]) {
      begin.apply(state, beginning(id), at(0));
      decide.apply(state, wish(id, true), at(1));
    }
    expect(untold(state, 2)).toEqual(["t1", "t2"]);
    expect(untold(state, 2, "t2")).toEqual(["t3"]);
    expect(untold(state, 2, "unheard of")).toEqual(["t1", "t2"]);
    expect(acknowledge.apply(state, { id: "t1", participants: ["node:1"] }, at(2))).toEqual({ ended: false });
    expect(acknowledge.apply(state, { id: "t1", participants }, at(3))).toEqual({ ended: true });
    expect(untold(state, 9)).toEqual(["t2", "t3"]);
  });

  test("leaves nothing open after an abort, even when a participant is gone for good", () => {
    const state = transactions.initial();
    begin.apply(state, beginning("t"), at(0));
    decide.apply(state, wish("t", false), at(1));
    expect(state.open.size).toBe(0);
    expect(acknowledge.apply(state, { id: "t", participants: ["node:1"] }, at(2)).ended).toBe(false);
    expect(shown(state, "t")?.untold).toEqual(["group:queue"]);
    expect(untold(state, 9)).toEqual([]);
  });

  test("forgets the oldest of those that are over, and then only aborts can be had of it", () => {
    const state = transactions.initial();
    for (let number = 0; number <= MAX_ENDED; number++) inquire.apply(state, { id: `t${number}` }, at(number));
    expect(state.ended.size).toBe(MAX_ENDED);
    expect(shown(state, "t0")).toBeNull();
    expect(decide.apply(state, wish("t0", true), at(0))).toEqual({ commit: false });
  });

  test("begins and decides at once what nobody has aborted, as long as it would remember that", () => {
    const state = transactions.initial();
    const { fingerprint, coordinator } = beginning("t");
    const atOnce = (id: string) => ({
      ...wish(id, true),
      beginning: { participants, fingerprint, coordinator, after: "earlier" },
    });
    inquire.apply(state, { id: "earlier" }, at(0));
    expect(decide.apply(state, atOnce("t"), at(1))).toEqual({ commit: true });
    expect(untold(state, 9)).toEqual(["t"]);
    expect(shown(state, "t")).toMatchObject({ participants, fingerprint: "f", begun: 1 });
    inquire.apply(state, { id: "aborted" }, at(2));
    expect(decide.apply(state, atOnce("aborted"), at(3))).toEqual({ commit: false });
    for (let number = 0; number < MAX_ENDED; number++) inquire.apply(state, { id: `t${number}` }, at(number));
    expect(shown(state, "aborted")).toBeNull();
    expect(decide.apply(state, atOnce("aborted"), at(4))).toEqual({ commit: false });
    expect(begin.apply(state, { ...beginning("late"), after: "earlier" }, at(5)).decision).toBe(false);
    expect(shown(state, "late")?.decision?.commit).toBe(false);
  });

  test("comes out of its snapshot as it went in", () => {
    const state = transactions.initial();
    begin.apply(state, beginning("open"), at(0));
    begin.apply(state, beginning("over"), at(0));
    decide.apply(state, wish("over", false), at(1));
    const sent: unknown = JSON.parse(JSON.stringify([...transactions.snapshots.capture(state)]));
    expect(transactions.snapshots.restore(Array.isArray(sent) ? sent : [])).toEqual(state);
  });
});
