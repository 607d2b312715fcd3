/**
 * Transactions of node 4 over a group and nodes 0 to 3, killed at each step on either side. What is on the disks and in the logs
 * afterwards must agree, soon, and without anybody's help.
 */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bindCore, type Core } from "../../../consensus-nodes/client/core.ts";
import type { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { eventually, TestCluster } from "../cluster/test-cluster.ts";
import { promiseRecords } from "./promise-records.ts";

const COORDINATOR = 4;
const VICTIM = 3;
const PARTICIPANTS = [0, 1, 2, 3];
/** Milliseconds, from when a leader exists, or the node that was down runs again. */
const SOON = 2000;

let cluster: TestCluster;
let client: CoreClient;
let core: Core;
let count = 0;

beforeAll(async () => {
  cluster = await TestCluster.start(5);
  client = cluster.client();
  core = bindCore(client, {});
});
afterAll(() => cluster.stop());

/** Starts the two that may die with the steps at which they will; the others keep running. */
async function arm(steps: { readonly coordinator?: string; readonly participant?: string }): Promise<void> {
  for (const [id, step] of [
    [COORDINATOR, steps.coordinator],
    [VICTIM, steps.participant],
  ] as const) {
    const runs = cluster.nodes[id]?.process !== undefined;
    if (runs && step === undefined) continue;
    if (runs) await cluster.kill(id);
    cluster.spawn(id, step === undefined ? {} : { environment: { TUTTI_FAULT_POINT: step } });
  }
  await cluster.ready();
}

async function decisionOf(id: string): Promise<boolean> {
  return eventually(`a decision on ${id}`, SOON, async () => {
    const { kind } = await core.outcome(id);
    return (kind === "committed" || kind === "aborted") && { commit: kind === "committed" };
  }).then(({ commit }) => commit);
}

/** Each node has that outcome on its disk; after an abort it may never have heard of it. */
async function settles(id: string, commit: boolean, nodes: readonly number[], within: number): Promise<void> {
  const end = performance.now() + within;
  for (const node of nodes) {
    await eventually(`node ${node} has the outcome of ${id}`, end - performance.now(), async () => {
      const known = (await promiseRecords(cluster.dataOf(node))).get(id);
      if (known === (commit ? "aborted" : "committed")) expect.fail(`node ${node} has the other outcome`);
      return known === (commit ? "committed" : "aborted") || (!commit && known === undefined);
    });
  }
}

async function runAndCheck(
  dying: { readonly coordinator?: string; readonly participant?: string },
  commit: boolean,
): Promise<void> {
  await arm(dying);
  const id = `t${count++}`;
  const filename = `${id}.jpg`;
  const sha256 = createHash("sha256").update(id).digest("hex");
  const through = bindCore(cluster.client(COORDINATOR), {});
  await eventually("the coordinator is reached", 2000, async () => through.transactions.show({ id }).then(() => true));
  const outcome = through
    .transact(
      [
        { group: "pictures", command: "put", input: { filename, type: "image/jpeg", size: 1, sha256, nodes: [1] } },
        ...PARTICIPANTS.map((node) => ({ node, operation: id })),
      ],
      id,
    )
    .catch((error: unknown) => ({ kind: "lost", error }));

  if (dying.participant !== undefined) await cluster.dies(VICTIM, 3000);
  if (dying.coordinator !== undefined) await cluster.dies(COORDINATOR, 3000);
  else expect(await outcome).toMatchObject({ kind: commit ? "committed" : "aborted" });

  await cluster.leader("transactions");
  await cluster.leader("pictures");
  const started = performance.now();
  expect(await decisionOf(id)).toBe(commit);
  const survivors = PARTICIPANTS.filter((node) => dying.participant === undefined || node !== VICTIM);
  await settles(id, commit, survivors, SOON);
  // The group's lock is gone, and its change is there, or is not.
  expect(await core.pictures.like({ filename })).toMatchObject({ outcome: commit ? "liked" : "absent" });
  expect(performance.now() - started).toBeLessThan(SOON);
  // Asked again under its id, it is what it was.
  const again = await core.transact(
    [
      { group: "pictures", command: "put", input: { filename, type: "image/jpeg", size: 1, sha256, nodes: [1] } },
      ...PARTICIPANTS.map((node) => ({ node, operation: id })),
    ],
    id,
  );
  expect(again.kind).toBe(commit ? "committed" : "aborted");
  if (dying.participant === undefined) return;
  cluster.spawn(VICTIM);
  await eventually("the killed participant runs again", 10_000, () => cluster.status(VICTIM));
  await settles(id, commit, [VICTIM], SOON);
}

describe("a coordinator that is killed", () => {
  test.each([
    ["when the transaction has begun", "coordinator:begun", false],
    ["when all have voted", "coordinator:voted", false],
    ["when the decision is logged", "coordinator:decided", true],
    ["when one participant is told", "coordinator:told-one", true],
    ["when all are told", "coordinator:told", true],
  ])("%s leaves one outcome and no lock", async (_, coordinator, commit) => {
    await runAndCheck({ coordinator }, commit);
  });
});

describe("a participant that is killed", () => {
  test.each([
    ["before its promise is written", "participant:unprepared", false],
    ["between its promise and its vote", "participant:prepared", false],
    ["between the change and the record of it", "participant:carried-out", true],
    ["before it acknowledges", "participant:outcome", true],
  ])("%s has the outcome of the others", async (_, participant, commit) => {
    await runAndCheck({ participant }, commit);
  });
});

describe("both killed", () => {
  test.each([
    ["coordinator:voted", "participant:unprepared", false],
    ["coordinator:decided", "participant:prepared", false],
    ["coordinator:told-one", "participant:carried-out", true],
  ])("at %s and %s, the others agree, and then they do", async (coordinator, participant, commit) => {
    await runAndCheck({ coordinator, participant }, commit);
  });
});
