import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import type { CoreReply } from "../../../consensus-nodes/client/core-channel.ts";
import type { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { eventually, type TestCluster } from "./test-cluster.ts";

const CLIENTS = 16;
const ADDS = 2000;

const Ids = z.array(z.object({ id: z.string() }).transform(({ id }) => id));

interface Outcome {
  readonly id: string;
  readonly reply: CoreReply;
  /** Milliseconds, monotonic. */
  readonly at: number;
}

/** Failures after which a caller gives up: without a quorum each costs a time-out. */
const PATIENCE = 3;

/** Adds tracks to `room` from 16 callers, one outstanding each; `during` runs when half are answered. */
async function addTracks(
  client: CoreClient,
  room: string,
  during: () => Promise<void>,
  timeout = 5000,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  let fault: Promise<void> | undefined;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let failures = 0; next < ADDS && failures < PATIENCE; ) {
        const id = `${room}-${next++}`;
        const track = { id, title: "Song Title", artist: "Artist Name", duration: 200 };
        const reply = await client.call({ group: "queue", name: "addTrack", input: { room, track }, timeout });
        outcomes.push({ id, reply, at: performance.now() });
        if (!reply.ok) failures++;
        if (outcomes.length >= ADDS / 2) fault ??= during();
      }
    }),
  );
  await fault;
  return outcomes;
}

/** The longest time without an acknowledged add. */
function longestGap(outcomes: readonly Outcome[]): number {
  const times = outcomes.filter(({ reply }) => reply.ok).map(({ at }) => at);
  return Math.max(...times.slice(1).map((time, position) => time - (times[position] ?? time)));
}

/** On five nodes, which are mended after each test. */
export function acknowledgedAddsSuite(running: () => TestCluster): void {
  let cluster: TestCluster;
  let client: CoreClient;
  beforeAll(() => {
    cluster = running();
    client = cluster.client();
  });

  const queueOf = async (node: number, room: string) =>
    Ids.parse(await cluster.localQuery(node, "queue", "list", { room }));

  /** Every acknowledged add is there exactly once, on all nodes, and nothing that was not asked for. */
  async function expectExactlyOnce(room: string, outcomes: readonly Outcome[]): Promise<void> {
    const acknowledged = outcomes.filter(({ reply }) => reply.ok).map(({ id }) => id);
    const asked = new Set(outcomes.map(({ id }) => id));
    await cluster.mend();
    const read = await client.call({ group: "queue", name: "list", input: { room } });
    if (!read.ok) throw new Error(read.failure.message);
    const queue = Ids.parse(read.value);
    expect(new Set(queue).size).toBe(queue.length);
    expect(acknowledged.filter((id) => !queue.includes(id))).toEqual([]);
    expect(queue.filter((id) => !asked.has(id))).toEqual([]);
    for (const { id } of cluster.nodes) {
      await eventually(`node ${id} has the same queue`, 5000, async () => {
        return JSON.stringify(await queueOf(id, room)) === JSON.stringify(queue);
      });
    }
  }

  test("lose and repeat none when the leader is killed, and go on within a second", async () => {
    const outcomes = await addTracks(client, "leader", async () => cluster.kill(await cluster.leader("queue")));
    expect(outcomes.filter(({ reply }) => !reply.ok)).toEqual([]);
    expect(longestGap(outcomes)).toBeLessThan(1000);
    await expectExactlyOnce("leader", outcomes);
  });

  test("lose and repeat none when the leader and a follower are killed, and go on within a second", async () => {
    const outcomes = await addTracks(client, "two", async () => {
      const leader = await cluster.leader("queue");
      await cluster.kill(leader, (leader + 2) % 5);
    });
    expect(outcomes.filter(({ reply }) => !reply.ok)).toEqual([]);
    expect(longestGap(outcomes)).toBeLessThan(1000);
    await expectExactlyOnce("two", outcomes);
  });

  test("are told apart by fate when three are killed, and all is well when one returns", async () => {
    const outcomes = await addTracks(client, "three", async () => cluster.kill(0, 2, 4), 700);
    const failures = outcomes.flatMap(({ reply }) => (reply.ok ? [] : [reply.failure]));
    expect(failures.length).toBeGreaterThan(0);
    for (const { kind } of failures) expect(["NoLeader", "Unknown"]).toContain(kind);
    cluster.spawn(2);
    await cluster.ready();
    const track = { id: "well again", title: "t", artist: "", duration: 1 };
    const again = await client.call({ group: "queue", name: "addTrack", input: { room: "again", track } });
    expect(again.ok).toBe(true);
    await expectExactlyOnce("three", outcomes);
    // Told as not done means not done.
    const refused = outcomes.filter(({ reply }) => !reply.ok && reply.failure.kind === "NoLeader").map(({ id }) => id);
    const queue = await queueOf(1, "three");
    expect(refused.filter((id) => queue.includes(id))).toEqual([]);
  });

  test("survive the death of all nodes at once, under load", async () => {
    const outcomes = await addTracks(
      client,
      "all",
      async () => {
        await cluster.kill(0, 1, 2, 3, 4);
        for (const { id } of cluster.nodes) cluster.spawn(id);
      },
      10_000,
    );
    expect(outcomes.filter(({ reply }) => reply.ok).length).toBeGreaterThan(ADDS / 2);
    await expectExactlyOnce("all", outcomes);
  });

  test("are there again, with history and journal, after all was stopped and started", async () => {
    const call = (group: string, name: string, input: unknown) => client.call({ group, name, input });
    for (const id of ["a", "b", "c"]) {
      await call("queue", "addTrack", { room: "kept", track: { id, title: id, artist: "", duration: 100 } });
    }
    await call("queue", "vote", { room: "kept", id: "c", up: true });
    await call("queue", "playNext", { room: "kept" });
    await call("journal", "append", { text: "kept", source: "" });
    const state = async () =>
      [
        await call("queue", "list", { room: "kept" }),
        await call("queue", "history", { room: "kept" }),
        await call("journal", "read", { limit: 1000 }),
      ].map((reply) => reply.ok && reply.value);
    const before = await state();
    expect(before[1]).toMatchObject([{ id: "c" }]);
    for (const { id } of cluster.nodes) await cluster.signal(id, "SIGTERM");
    await cluster.mend();
    expect(await state()).toEqual(before);
  });
}
