/** Reads that ask nobody: stale ones that tell their age, and linearizable ones of a leader with a lease. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { eventually, TestCluster } from "./test-cluster.ts";

const Journal = z.object({ appended: z.int() });

const append = (client: CoreClient, timeout = 5000) =>
  client.call({ group: "journal", name: "append", input: { text: "text", source: "" }, timeout });

async function appended(client: CoreClient, stale: boolean): Promise<{ count: number; age: number | undefined }> {
  const reply = await client.call({ group: "journal", name: "read", input: { limit: 1 }, stale, timeout: 2000 });
  if (!reply.ok) throw new Error(reply.failure.message);
  return { count: Journal.parse(reply.value).appended, age: reply.age };
}

describe("a stale read", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start(3);
    await append(cluster.client());
  });
  afterAll(() => cluster.stop());

  test("at a follower, and at the leader, tells an age of a few heartbeats at most", async () => {
    for (const { id } of cluster.nodes) {
      const client = cluster.client(id);
      await eventually(`node ${id} has a young state`, 5000, async () => {
        const { count, age } = await appended(client, true);
        return count === 1 && age !== undefined && age < 1000;
      });
    }
  });

  test("at a node that is cut off tells how long it has heard nothing, whatever the others wrote meanwhile", async () => {
    const leader = await cluster.leader("journal");
    const alone = (leader + 1) % 3;
    const others = [0, 1, 2].filter((id) => id !== alone);
    const client = cluster.client(alone);
    await appended(client, true);
    await cluster.cut([alone], others);
    const from = performance.now();
    await append(cluster.client(...others));
    await eventually("its state is a second old", 5000, async () => {
      const { count, age } = await appended(client, true);
      expect(count).toBe(1);
      expect(age).toBeGreaterThanOrEqual(performance.now() - from - 1000);
      return age !== undefined && age > 1000;
    });
    await cluster.heal();
    await eventually("it is young again, and has what it missed", 5000, async () => {
      const { count, age } = await appended(client, true);
      return count === 2 && age !== undefined && age < 1000;
    });
  });
});

describe("with leases", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start(3, () => ({ configuration: { leases: { driftPercent: 10 } } }));
  });
  afterAll(() => cluster.stop());

  test("a read sees all that was answered before it, at every node", async () => {
    const clients = cluster.nodes.map(({ id }) => cluster.client(id));
    for (let written = 1; written <= 30; written++) {
      for (const client of clients) expect(await appended(client, false)).toMatchObject({ count: written - 1 });
      expect((await append(cluster.client(0, 1, 2))).ok).toBe(true);
    }
  });

  test("a leader that was paused while another was elected answers nothing old when it wakes up", async () => {
    const leader = await cluster.leader("journal");
    const others = [0, 1, 2].filter((id) => id !== leader);
    const { count } = await appended(cluster.client(), false);
    const direct = cluster.client(leader);
    await appended(direct, false);
    await cluster.signal(leader, "SIGSTOP");
    // Waits in the paused leader's socket, and is the first thing it sees.
    const late = appended(direct, false).catch(() => undefined);
    await eventually("another leads, and wrote", 10_000, async () => (await append(cluster.client(...others))).ok);
    await cluster.signal(leader, "SIGCONT");
    const read = await late;
    if (read !== undefined) expect(read.count).toBeGreaterThan(count);
    expect((await appended(cluster.client(leader), false)).count).toBeGreaterThan(count);
  });
});
