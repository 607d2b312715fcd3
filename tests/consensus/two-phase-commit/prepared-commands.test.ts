import { describe, expect, test } from "vitest";
import { AppliedState } from "../../../consensus-nodes/replica/applied-state.ts";
import type { BatchCommand, CommandOutcome } from "../../../consensus-nodes/wire/batch.ts";
import { DECIDE, PREPARE } from "../../../consensus-nodes/wire/transaction-command.ts";
import { accounts } from "./bank/accounts.ts";

class Branch {
  readonly #state = new AppliedState(accounts("branch"));

  apply(command: BatchCommand): CommandOutcome | undefined {
    return this.#state.applyBatch({ n: 1, a: 1, c: [command] }, this.#state.index + 1, 0)[0];
  }

  prepare(id: string, ...commands: (readonly [string, unknown])[]) {
    return this.apply([PREPARE, { id, commands }]);
  }

  decide(id: string, commit: boolean) {
    return this.apply([DECIDE, { id, commit }]);
  }

  balance(account: string): unknown {
    const outcome = this.#state.answer("state", {});
    const view: { balances?: [string, number][] } = outcome.ok ? JSON.parse(JSON.stringify(outcome.v)) : {};
    return view.balances?.find(([name]) => name === account)?.[1];
  }

  get waiting() {
    return this.#state.waitingTransactions;
  }
}

const withdraw = (account: string, amount: number) => ["withdraw", { account, amount, transfer: "t" }] as const;
const move = (from: string, to: string): BatchCommand => ["move", { from, to, amount: 1 }];
const yes = { v: { yes: true } };

describe("a group as participant", () => {
  test("changes nothing at prepare, everything at commit, nothing at abort", () => {
    const branch = new Branch();
    expect(branch.prepare("t1", withdraw("a0", 30), ["deposit", { account: "a1", amount: 5, transfer: "t" }])).toEqual(
      yes,
    );
    expect([branch.balance("a0"), branch.balance("a1")]).toEqual([100, 100]);
    expect(branch.decide("t1", true)).toEqual({ v: { ok: true, results: [{ done: true }, { done: true }] } });
    expect([branch.balance("a0"), branch.balance("a1")]).toEqual([70, 105]);
    expect(branch.prepare("t2", withdraw("a0", 30))).toEqual(yes);
    expect(branch.decide("t2", false)).toEqual({ v: { ok: true } });
    expect(branch.balance("a0")).toBe(70);
  });

  test("commits once, however often it is told, and does not hide a contradiction", () => {
    const branch = new Branch();
    branch.prepare("t1", withdraw("a0", 30));
    branch.decide("t1", true);
    expect(branch.decide("t1", true)).toEqual({ v: { ok: true } });
    expect(branch.balance("a0")).toBe(70);
    expect(branch.decide("t1", false)).toMatchObject({ v: { ok: false } });
    expect(branch.decide("never", true)).toMatchObject({ v: { ok: false } });
  });

  test("keeps other commands off what it has locked, and no others", () => {
    const branch = new Branch();
    branch.prepare("t1", withdraw("a0", 30));
    expect(branch.apply(move("a0", "a1"))).toEqual({ e: "Conflict", m: "locked by transaction t1" });
    expect(branch.apply(move("a1", "a2"))).toEqual({ v: { done: true } });
    expect(branch.prepare("t2", withdraw("a0", 1))).toMatchObject({ v: { yes: false, locked: true } });
    branch.decide("t1", false);
    expect(branch.waiting).toEqual([]);
    expect(branch.apply(move("a0", "a1"))).toEqual({ v: { done: true } });
  });

  test("votes no on what it could not carry out, and locks nothing for it", () => {
    const branch = new Branch();
    const no = { v: { yes: false, locked: false } };
    expect(branch.prepare("t1", withdraw("a0", 101))).toMatchObject(no);
    expect(branch.prepare("t2", withdraw("a0", 1), withdraw("a0", 100))).toMatchObject(no);
    expect(branch.prepare("t3", ["no such command", {}])).toMatchObject(no);
    expect(branch.prepare("t4", ["toString", {}])).toMatchObject(no);
    expect(branch.prepare("t5", ["withdraw", { account: "a0" }])).toMatchObject(no);
    expect(branch.apply(move("a0", "a1"))).toEqual({ v: { done: true } });
  });

  test("gives the answer under an idempotency key again, even while a transaction is in the way", () => {
    const branch = new Branch();
    const keyed: BatchCommand = ["move", { from: "a0", to: "a1", amount: 1 }, { key: "k", print: "p" }];
    expect(branch.apply(keyed)).toEqual({ v: { done: true } });
    branch.prepare("t1", withdraw("a0", 30));
    expect(branch.apply(keyed)).toEqual({ v: { done: true } });
  });
});
