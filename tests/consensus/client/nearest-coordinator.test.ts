/** Any node coordinates a transaction; the one that leads their log has the shortest way to the decision. */
import { expect, test } from "vitest";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import type { Link, OnOutcome } from "../../../consensus-nodes/client/node-link.ts";
import { TRANSACT } from "../../../consensus-nodes/wire/transaction-call.ts";
import { Schedule } from "../raft/harness/schedule.ts";
import { scheduledRuntime } from "./scheduled-runtime.ts";

const overGroups = [{ group: "queue", command: "clear", input: { room: "main" } }];
const overNodes = [...overGroups, { node: 3, operation: "store" }];

/** Milliseconds. */
const TIMEOUT = 100;

function start() {
  const schedule = new Schedule();
  const asked: number[] = [];
  const silent = new Set<number>();
  /** As every node believes. */
  const world: { leader: number | null } = { leader: 2 };
  const dial = (id: number): Link => ({
    id,
    up: true,
    batch() {},
    query() {},
    transaction: (_, onOutcome: OnOutcome) => {
      asked.push(id);
      const reply = { kind: "aborted", id: "t", votes: {}, acknowledged: [], reason: "", leader: world.leader };
      if (!silent.has(id)) schedule.after(1, () => onOutcome(Buffer.from(JSON.stringify(reply))));
    },
    flush() {},
    close() {},
  });
  const client = new CoreClient({
    nodes: [0, 1, 2].map((id) => ({ id, address: "" })),
    dial,
    runtime: scheduledRuntime(schedule),
  });
  /** @returns the nodes that it was handed to. */
  const transact = async (operations: readonly object[] = overGroups): Promise<readonly number[]> => {
    asked.length = 0;
    const reply = client.call({ group: "transactions", name: TRANSACT, input: { operations }, timeout: TIMEOUT });
    for (const end = schedule.now + 2 * TIMEOUT; schedule.step(end); );
    await reply;
    return [...asked];
  };
  return { client, transact, silent, world };
}

test("transactions go to the leader of their log, as soon as anybody has said who that is", async () => {
  const { client, transact, world } = start();
  expect(await transact()).toEqual([0]);
  expect(await transact()).toEqual([2]);
  world.leader = 1;
  expect(await transact()).toEqual([2]);
  expect(await transact()).toEqual([1]);
  client.close();
});

test("transactions over nodes stay with node 0, which coordinates them by contract", async () => {
  const { client, transact } = start();
  await transact();
  expect(await transact(overNodes)).toEqual([0]);
  expect(await transact()).toEqual([2]);
  client.close();
});

test("transactions go elsewhere while that node lets their time pass, or nobody leads", async () => {
  const { client, transact, silent, world } = start();
  await transact();
  silent.add(2);
  expect(await transact()).toEqual([2]);
  expect(await transact()).toEqual([0]);
  world.leader = null;
  expect(await transact()).toEqual([0]);
  client.close();
});
