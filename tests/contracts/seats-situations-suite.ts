/** The five situations of a replicated seat service, on real processes: what happens to operations while nodes come and go. */
import { credentials, Metadata } from "@grpc/grpc-js";
import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { CoreClient } from "../../consensus-nodes/client/core-client.ts";
import { ClusterReport } from "../../local-stack/supervisor/cluster-report.ts";
import { OperationServiceClient } from "../../proto/generated/library.ts";
import { RaftServiceClient } from "../../proto/generated/raft.ts";
import { eventually } from "../consensus/cluster/test-cluster.ts";
import type { RunningStack } from "./running-stack.ts";

const PATIENCE_MS = 10_000;
const NODES = [0, 1, 2, 3, 4];

/** Finds an empty journal. */
export function seatsSituationsSuite(running: () => RunningStack): void {
  let stack: RunningStack;
  beforeAll(() => {
    stack = running();
  });

  interface Operated {
    readonly success: boolean;
    readonly leaderId: string;
  }

  function call(client: OperationServiceClient | RaftServiceClient, operation: string): Promise<Operated> {
    return new Promise<Operated>((resolve, reject) => {
      const deadline = Date.now() + PATIENCE_MS;
      client.submitOperation({ operation, sourceId: "test" }, new Metadata(), { deadline }, (error, reply) => {
        client.close();
        if (error === null) resolve(reply);
        else reject(error);
      });
    });
  }

  /** By the ingress, as a seat service's clients do. */
  const operate = (operation: string) =>
    call(new OperationServiceClient(stack.grpc, credentials.createInsecure()), operation);
  /** By a node's own port. */
  const operateAt = (node: number, operation: string) =>
    call(new RaftServiceClient(stack.node(node), credentials.createInsecure()), operation);

  const Records = z.array(z.object({ text: z.string() }).transform(({ text }) => text));
  const Journal = z.object({ records: Records }).transform(({ records }) => records);

  /** As that node has it: what `tutti journal --node` asks. */
  async function journalOf(node: number): Promise<string[]> {
    const client = new CoreClient({ nodes: [{ id: node, address: stack.node(node) }] });
    const read = { group: "journal", name: "read", input: { limit: 1000 }, stale: true, timeout: PATIENCE_MS };
    const reply = await client.call(read).finally(() => client.close());
    return reply.ok ? Journal.parse(reply.value) : [];
  }

  /** By the command line. */
  async function journalRead(node: number): Promise<string[]> {
    const { stdout } = await stack.tutti("journal", "--node", String(node), "--json");
    return Records.parse(JSON.parse(stdout));
  }

  async function onEveryNode(text: string): Promise<void> {
    for (const node of NODES) {
      await eventually(`node ${node} has "${text}"`, PATIENCE_MS, async () => (await journalOf(node)).includes(text));
    }
  }

  async function leader(): Promise<number> {
    return eventually("the journal has a leader", PATIENCE_MS, async () => {
      const { groups } = ClusterReport.parse(await (await fetch(`${stack.http}/cluster`)).json());
      const found = groups.find(({ name }) => name === "journal")?.leader;
      return found !== undefined && found !== null && { found };
    }).then(({ found }) => found);
  }

  const node = async (command: "kill" | "restart", id: number) =>
    expect(await stack.tutti("node", command, String(id))).toMatchObject({ code: 0 });

  test("the leader is down: another takes the operations, and the old one has them when it is back", async () => {
    const old = await leader();
    await node("kill", old);
    const { success, leaderId } = await operate("reserve seat 1");
    expect(success).toBe(true);
    expect(leaderId).not.toBe(String(old));
    await node("restart", old);
    await onEveryNode("reserve seat 1");
  });

  test("a follower is down: operations go on without it", async () => {
    const follower = ((await leader()) + 1) % NODES.length;
    await node("kill", follower);
    expect(await operate("reserve seat 2")).toMatchObject({ success: true, leaderId: String(await leader()) });
    await node("restart", follower);
    await onEveryNode("reserve seat 2");
  });

  test("an operation that comes to a follower is forwarded to the leader", async () => {
    const leads = await leader();
    const reply = await operateAt((leads + 2) % NODES.length, "reserve seat 3");
    expect(reply).toMatchObject({ success: true, leaderId: String(leads) });
    await onEveryNode("reserve seat 3");
  });

  test("a follower that has lost everything has the whole log again, from the first entry to the newest", async () => {
    const follower = ((await leader()) + 3) % NODES.length;
    const before = await journalOf(await leader());
    await node("kill", follower);
    expect(await operate("reserve seat 4")).toMatchObject({ success: true });
    // An empty folder, and a member anew.
    expect(await stack.tutti("node", "replace", String(follower))).toMatchObject({ code: 0 });
    await eventually("it has all, in order", PATIENCE_MS, async () => {
      return JSON.stringify(await journalOf(follower)) === JSON.stringify([...before, "reserve seat 4"]);
    });
  });

  test("every node holds the same operations in the same order", async () => {
    const numbers = Array.from({ length: 20 }, (_, number) => `reserve seat ${100 + number}`);
    await Promise.all(numbers.map(async (text) => expect(await operate(text)).toMatchObject({ success: true })));
    await onEveryNode("reserve seat 119");
    await eventually("all have all", PATIENCE_MS, async () => {
      const all = await Promise.all(NODES.map(journalOf));
      return all.every((journal) => journal.length === 24);
    });
    const journals = await Promise.all(NODES.map(journalRead));
    expect(new Set(journals.map((journal) => JSON.stringify(journal))).size).toBe(1);
    expect(new Set(journals[0])).toEqual(new Set([...[1, 2, 3, 4].map((seat) => `reserve seat ${seat}`), ...numbers]));
  });
}
