import { once } from "node:events";
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { credentials, Metadata } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { type ClientReply, RaftClientClient } from "../../../proto/generated/raft.ts";
import { processorTimeOf } from "../../bench/process-figures.ts";
import { acknowledgedAddsSuite } from "./acknowledged-adds-suite.ts";
import { eventually, groupOf, TestCluster } from "./test-cluster.ts";

const Journal = z.object({ records: z.array(z.object({ text: z.string() })) });

/** Milliseconds until a line is in the file. */
const LOG_WRITTEN_MS = 300;

const append = (client: CoreClient, text: string, timeout = 3000) =>
  client.call({ group: "journal", name: "append", input: { text, source: "test" }, timeout });

async function journalOf(cluster: TestCluster, id: number): Promise<string[]> {
  const journal = Journal.parse(await cluster.localQuery(id, "journal", "read", { limit: 1000 }));
  return journal.records.map(({ text }) => text);
}

function clientRequest(cluster: TestCluster, id: number, command: string): Promise<ClientReply> {
  const stub = new RaftClientClient(cluster.nodes[id]?.address ?? "", credentials.createInsecure());
  return new Promise<ClientReply>((resolve, reject) => {
    stub.clientRequest({ command }, new Metadata(), { deadline: Date.now() + 5000 }, (error, reply) => {
      stub.close();
      if (error) reject(error);
      else resolve(reply);
    });
  });
}

describe("five real nodes", () => {
  let cluster: TestCluster;
  let client: CoreClient;
  beforeAll(async () => {
    cluster = await TestCluster.start(5);
    client = cluster.client();
  });
  afterEach(() => cluster.mend());
  afterAll(() => cluster.stop());

  test("elect a leader, which stays leader while heartbeats flow", async () => {
    const leader = await cluster.leader("journal");
    const term = groupOf(await cluster.status(leader), "journal")?.term;
    const end = performance.now() + 2000;
    while (performance.now() < end) {
      for (const status of await cluster.statuses()) expect(groupOf(status, "journal")).toMatchObject({ leader, term });
      await delay(100);
    }
  });

  test("sleep while nobody asks anything of them", async () => {
    const used = () => cluster.nodes.map(({ process: child }) => processorTimeOf(child?.pid ?? 0));
    await delay(500);
    const before = used();
    await delay(2000);
    // A node that goes round in circles takes a core, or what others leave of it; one that sleeps some hundredths of that.
    const seconds = used().map((time, id) => time - (before[id] ?? 0));
    expect(Math.max(...seconds)).toBeLessThan(0.3);
  });

  test("replicate a command to every node", async () => {
    expect((await append(client, "everywhere")).ok).toBe(true);
    for (const { id } of cluster.nodes) {
      await eventually(`node ${id} has it`, 2000, async () => (await journalOf(cluster, id)).includes("everywhere"));
    }
  });

  test("forward a command from a follower to the leader, and say so on both sides", async () => {
    const leader = await cluster.leader("journal");
    const follower = (leader + 1) % 5;
    const reply = await clientRequest(cluster, follower, "by way of a follower");
    expect(reply).toMatchObject({ success: true, leaderId: String(leader), message: "Committed" });
    expect(reply.commitIndex).toBeGreaterThan(0);
    await eventually("both sides logged it", 2000, async () => {
      const sent = await cluster.logLines(follower);
      const ran = await cluster.logLines(leader);
      return (
        sent.includes(`Node ${follower} sends RPC ClientRequest to Node ${leader}.`) &&
        ran.includes(`Node ${leader} runs RPC ClientRequest called by Node ${follower}.`)
      );
    });
  });

  test("find a new leader within a second when the old one dies, and keep what was committed", async () => {
    expect((await append(client, "before the death")).ok).toBe(true);
    const old = await cluster.leader("journal");
    await cluster.kill(old);
    const died = performance.now();
    expect((await append(client, "after the death", 5000)).ok).toBe(true);
    expect(performance.now() - died).toBeLessThan(1000);
    const leader = await cluster.leader("journal");
    expect(leader).not.toBe(old);
    expect((await journalOf(cluster, leader)).slice(-2)).toEqual(["before the death", "after the death"]);
  });

  test("bring a follower that was down up to date", async () => {
    const follower = ((await cluster.leader("journal")) + 1) % 5;
    await cluster.kill(follower);
    const texts = Array.from({ length: 50 }, (_, number) => `missed ${number}`);
    for (const text of texts) expect((await append(client, text)).ok).toBe(true);
    cluster.spawn(follower);
    await eventually("the follower has all, in order", 5000, async () => {
      const last = (await journalOf(cluster, follower)).slice(-texts.length);
      return JSON.stringify(last) === JSON.stringify(texts);
    });
  });

  test("leave a leader that is cut off without reads and writes, until it steps down", async () => {
    expect((await append(client, "before the cut")).ok).toBe(true);
    const old = await cluster.leader("journal");
    const others = cluster.nodes.map(({ id }) => id).filter((id) => id !== old);
    await cluster.cut([old], others);

    const alone = cluster.client(old);
    const [read, write] = await Promise.all([
      alone.call({ group: "journal", name: "read", input: { limit: 10 }, timeout: 1500 }),
      append(alone, "into the void", 1500),
    ]);
    expect(read.ok).toBe(false);
    expect(write.ok).toBe(false);
    await eventually("the old leader stepped down", 3000, async () => {
      const group = groupOf(await cluster.status(old), "journal");
      return group?.role !== "leader" && group?.leader === -1;
    });
    expect((await append(client, "on the other side", 5000)).ok).toBe(true);

    const termBefore = groupOf(await cluster.status(await cluster.leader("journal")), "journal")?.term;
    await cluster.heal();
    await eventually("the old leader has caught up", 5000, async () =>
      (await journalOf(cluster, old)).includes("on the other side"),
    );
    expect(await journalOf(cluster, old)).not.toContain("into the void");
    // Pre-vote: whoever was cut off comes back without a newer term.
    for (const status of await cluster.statuses()) expect(groupOf(status, "journal")?.term).toBe(termBefore);
  });

  test("hand over what they lead when they are stopped, also one soon after another: nobody waits for an election timeout", async () => {
    const timeouts = async () => {
      const logs = await Promise.all(cluster.nodes.map(({ id }) => cluster.logLines(id)));
      return logs.flat().filter((line) => line.includes("electionTimeout"));
    };
    const before = new Set(await timeouts());
    await cluster.signal(0, "SIGTERM");
    // Who leads now has heard of the first a moment ago.
    await cluster.signal(await cluster.leader("journal"), "SIGTERM");
    expect((await append(client, "to who leads now")).ok).toBe(true);
    await delay(LOG_WRITTEN_MS);
    expect((await timeouts()).filter((line) => !before.has(line))).toEqual([]);
  });

  test("serve no stale read from a leader that was paused and wakes up", async () => {
    expect((await append(client, "before the pause")).ok).toBe(true);
    const old = await cluster.leader("journal");
    const alone = cluster.client(old);
    expect((await alone.call({ group: "journal", name: "read", input: { limit: 1 } })).ok).toBe(true);
    await cluster.signal(old, "SIGSTOP");
    expect((await append(client, "during the pause", 5000)).ok).toBe(true);
    const reading = alone.call({ group: "journal", name: "read", input: { limit: 1 }, timeout: 5000 });
    await cluster.signal(old, "SIGCONT");
    expect(await reading).toMatchObject({ ok: true, value: { records: [{ text: "during the pause" }] } });
  });

  describe("2,000 adds from 16 clients", () => acknowledgedAddsSuite(() => cluster));
});

describe("a node", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start(3);
  });
  afterAll(() => cluster.stop());

  test("that lost its folder takes no part, and the others go on", async () => {
    const client = cluster.client();
    const wiped = ((await cluster.leader("journal")) + 1) % 3;
    await cluster.kill(wiped);
    await rm(cluster.dataOf(wiped), { recursive: true });
    cluster.spawn(wiped);
    const status = await eventually("it answers", 5000, () => cluster.status(wiped));
    expect(status).toMatchObject({ member: false, groups: [] });
    expect((await append(client, "without it")).ok).toBe(true);
  });

  test("ends cleanly on SIGTERM, and when whoever started it is gone", async () => {
    const [first, second] = cluster.nodes.map((node) => ({ node, child: node.process }));
    if (first?.child === undefined || second?.child === undefined) throw new Error("both should run");
    const ended = once(first.child, "exit");
    first.child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    const orphaned = once(second.child, "exit");
    second.child.stdin?.end();
    expect(await orphaned).toEqual([0, null]);
    first.node.process = undefined;
    second.node.process = undefined;
  });
});
