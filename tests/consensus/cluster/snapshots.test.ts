/** Snapshots where they are needed: on real nodes that fall behind, die while they save, and come back. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { credentials, Metadata } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { CoreClient as CoreStub } from "../../../proto/generated/core.ts";
import { eventually, groupOf, type SpawnOptions, TestCluster } from "./test-cluster.ts";

/** So small that a few hundred commands lead to several snapshots. */
const configuration = { snapshots: { afterBytes: 1024 * 1024, afterEntries: 20, keepEntries: 5 } };

let cluster: TestCluster;
let client: CoreClient;
let count = 0;

beforeAll(async () => {
  cluster = await TestCluster.start(3, () => ({ configuration }));
  client = cluster.client();
});
afterAll(() => cluster.stop());

/**
 * One entry each. Every other one counts without a session: applied once more, it would show in the state.
 */
async function addTracks(tracks: number): Promise<void> {
  const leader = await stubOfLeader();
  try {
    for (let added = 0; added < tracks; added++) {
      if (added % 2 === 1) {
        await submitTo(leader, { n: 1, a: 1, c: [["vote", { room: "room", id: "track-0", up: true }]] });
        continue;
      }
      const id = `track-${count++}`;
      const track = { id, title: id, artist: "", duration: 100 };
      const reply = await client.call({ group: "queue", name: "addTrack", input: { room: "room", track } });
      expect(reply).toMatchObject({ ok: true });
    }
  } finally {
    leader.close();
  }
}

const start = (id: number, options: SpawnOptions = {}) => cluster.spawn(id, { ...options, configuration });

async function expectSameStates(): Promise<void> {
  expect(new Set(Object.values(await cluster.stateHashes("queue"))).size).toBe(1);
}

async function snapshotsOf(id: number): Promise<number[]> {
  const folder = join(cluster.dataOf(id), "groups", "queue", "snapshots");
  const names = existsSync(folder) ? await readdir(folder) : [];
  return names.filter((name) => name.endsWith(".snapshot")).map((name) => Number.parseInt(name, 10));
}

/** A node that does not lead, so that killing it disturbs nobody. */
async function follower(): Promise<number> {
  return ((await cluster.leader("queue")) + 1) % 3;
}

describe("three real nodes that take snapshots often", () => {
  test("start again from the newest one", async () => {
    await addTracks(60);
    const id = await follower();
    await eventually("a snapshot was taken", 5000, async () => (await snapshotsOf(id)).length > 0);
    await cluster.signal(id, "SIGTERM");
    start(id);
    await cluster.ready();
    await expectSameStates();
  });

  test("bring a node up to date whose missing entries are gone from all logs", async () => {
    const id = await follower();
    const { lastIndex = 0 } = groupOf(await cluster.status(id), "queue") ?? {};
    await cluster.kill(id);
    await addTracks(80);
    const leader = await cluster.leader("queue");
    const oldest = await eventually("the leader's oldest snapshot is beyond the other's log", 5000, async () => {
      const [first] = (await snapshotsOf(leader)).sort((one, other) => one - other);
      return first !== undefined && first > lastIndex + configuration.snapshots.keepEntries && first;
    });
    start(id);
    await cluster.ready();
    await expectSameStates();
    // Not by replaying: it has the very snapshot, and nothing older.
    expect(Math.min(...(await snapshotsOf(id)).filter((index) => index > lastIndex))).toBeGreaterThanOrEqual(oldest);
    await addTracks(5);
    await expectSameStates();
  });

  test("do what is asked once, though it is asked again after a snapshot, a restart of all and another leader", async () => {
    const track = { id: "once", title: "once", artist: "", duration: 100 };
    const idempotency = { key: "a key", fingerprint: "of the request" };
    const ask = () => client.call({ group: "queue", name: "addTrack", input: { room: "once", track }, idempotency });
    const session = { s: "a session", n: 1, a: 1, c: [], open: true };
    const votes = { s: "a session", n: 2, a: 2, c: [["vote", { room: "once", id: "once", up: true }]] };
    const first = await ask();
    await submit(session);
    const voted = await submit(votes);
    await addTracks(60);
    const before = await cluster.leader("queue");
    for (const { id } of cluster.nodes) await cluster.kill(id);
    for (const { id } of cluster.nodes) if (id !== before) start(id);
    await cluster.ready();
    start(before);
    await cluster.ready();
    expect(await cluster.leader("queue")).not.toBe(before);
    expect(await ask()).toEqual({ ...first, leader: await cluster.leader("queue") });
    const again = await submit(votes);
    expect([again.index, again.results]).toEqual([expect.any(Number), voted.results]);
    const list = await client.call({ group: "queue", name: "list", input: { room: "once" } });
    expect(list).toMatchObject({ value: [{ id: "once", votes: 1 }] });
    await expectSameStates();
  });

  test.each(["begun", "written", "named"])("that die when a snapshot is %s have lost nothing", async (step) => {
    const id = await follower();
    await cluster.signal(id, "SIGTERM");
    start(id, { environment: { TUTTI_FAULT_POINT: `snapshot:${step}@queue` } });
    // A snapshot may be due as soon as it has read its log.
    const died = cluster.dies(id, 10_000);
    await Promise.race([cluster.ready(), died]);
    const adding = addTracks(60);
    await died;
    await adding;
    start(id);
    await cluster.ready();
    await expectSameStates();
  });

  test.each(["fetched", "taken"])("that die when another's snapshot is %s get there all the same", async (step) => {
    const id = await follower();
    await cluster.kill(id);
    await addTracks(80);
    start(id, { environment: { TUTTI_FAULT_POINT: `snapshot:${step}@queue` } });
    await cluster.dies(id, 10_000);
    start(id);
    await cluster.ready();
    await expectSameStates();
    await addTracks(5);
    await expectSameStates();
  });
});

interface Answer {
  readonly ok: boolean;
  readonly index: number;
  readonly results: unknown;
}

async function stubOfLeader(): Promise<CoreStub> {
  const leader = await cluster.leader("queue");
  return new CoreStub(cluster.nodes[leader]?.address ?? "", credentials.createInsecure());
}

/** A batch as a client sends it, to the leader. */
async function submit(batch: unknown): Promise<Answer> {
  const leader = await stubOfLeader();
  try {
    return await submitTo(leader, batch);
  } finally {
    leader.close();
  }
}

/** The node hands it on when another leads. */
async function submitTo(node: CoreStub, batch: unknown): Promise<Answer> {
  const stream = node.exchange(new Metadata(), { deadline: Date.now() + 5000 });
  const commands = Buffer.from(JSON.stringify(batch));
  stream.write({ batches: [{ id: 1, group: "queue", commands, forward: true }], queries: [], transactions: [] });
  for await (const { replies } of stream) {
    stream.end();
    const answer: Answer = JSON.parse(replies[0].outcome.toString());
    expect(answer).toMatchObject({ ok: true });
    return answer;
  }
  throw new Error("the stream ended without an answer");
}
