/** What a transaction writes to the log of transactions: usually one entry, which begins and decides it. */
import { beforeEach, describe, expect, test } from "vitest";
import type { CoreCall, CoreChannel, CoreReply } from "../../../consensus-nodes/client/core-channel.ts";
import { transactions } from "../../../consensus-nodes/machines/transactions.ts";
import { AppliedState } from "../../../consensus-nodes/replica/applied-state.ts";
import { Coordinator } from "../../../consensus-nodes/two-phase-commit/coordinator.ts";
import type { Participant } from "../../../consensus-nodes/two-phase-commit/participant.ts";
import { Schedule } from "../raft/harness/schedule.ts";

/** Milliseconds. */
const SOON = 1;
const LATE = 300;
const REST = 1000;
const LONG = 60_000;

/** The group `transactions`, without its copies. */
class Log implements CoreChannel {
  names: string[] = [];
  readonly #state = new AppliedState(transactions);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async call({ name, input }: CoreCall): Promise<CoreReply> {
    this.names.push(name);
    const wire: unknown = JSON.parse(JSON.stringify(input));
    const index = this.#state.index + 1;
    const [outcome] = this.#state.applyBatch({ n: 1, a: 1, c: [[name, wire]] }, index, this.#now());
    if (outcome === undefined || "e" in outcome) throw new Error(`${name}: ${outcome?.m}`);
    return { ok: true, value: outcome.v, leader: null };
  }
}

let schedule: Schedule;
let log: Log;
let coordinator: Coordinator;
beforeEach(() => {
  schedule = new Schedule();
  log = new Log(() => schedule.now);
  coordinator = new Coordinator({
    name: "0",
    channel: log,
    clock: { now: () => schedule.now, after, random: () => 0.5 },
    onStep: () => {},
    onContradiction: () => {},
  });
});

function after(milliseconds: number, run: () => void): () => void {
  let cancelled = false;
  schedule.after(milliseconds, () => cancelled || run());
  return () => {
    cancelled = true;
  };
}

async function pass(milliseconds: number): Promise<void> {
  const end = schedule.now + milliseconds;
  after(milliseconds, () => {});
  do await new Promise((resolve) => setImmediate(resolve));
  while (schedule.step(end));
}

/** @returns what it, and the time after it, wrote. */
async function written(id: string, voting: number, fresh: boolean): Promise<readonly string[]> {
  const participant: Participant = {
    name: "node:1",
    prepare: () => new Promise((resolve) => schedule.after(voting, () => resolve({ yes: true }))),
    tell: async () => ({ kind: "acknowledged" }),
  };
  log.names = [];
  const outcome = coordinator.transact({ id, fresh, fingerprint: "f", participants: [participant] });
  await pass(REST);
  expect((await outcome).kind).toBe("committed");
  return log.names;
}

describe("a transaction", () => {
  test("is begun by itself while its coordinator knows of none that has ended", async () => {
    expect(await written("t1", SOON, true)).toEqual(["begin", "decide", "acknowledge"]);
  });

  test("is begun and decided by one entry from then on", async () => {
    await written("t1", SOON, true);
    expect(await written("t2", SOON, true)).toEqual(["decide", "acknowledge"]);
  });

  test("is begun by itself when the votes take long, before anybody asks", async () => {
    await written("t1", SOON, true);
    expect(await written("t2", LATE, true)).toEqual(["begin", "decide", "acknowledge"]);
  });

  test("is begun before anything else when others may know its id", async () => {
    await written("t1", SOON, true);
    expect(await written("t2", SOON, false)).toEqual(["begin", "decide", "acknowledge"]);
  });

  test("is begun by itself when the one before it is long over, and may be forgotten", async () => {
    await written("t1", SOON, true);
    await pass(LONG);
    expect(await written("t2", SOON, true)).toEqual(["begin", "decide", "acknowledge"]);
  });
});
