/** A cluster of real node processes on free ports, with a temporary folder, for one test file. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { credentials, Metadata } from "@grpc/grpc-js";
import type * as z from "zod";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { allocatorOptions, type NodeConfiguration, v8Options } from "../../../consensus-nodes/configuration.ts";
import {
  type CheckpointReply,
  type GroupStatus,
  NodeControlClient,
  type NodeStatus,
  type StateHashReply,
} from "../../../proto/generated/control.ts";
import { CoreClient as CoreStub } from "../../../proto/generated/core.ts";
import { freePorts } from "../../free-ports.ts";

const main = new URL("../../../consensus-nodes/main.ts", import.meta.url).pathname;

/** A node that was started again is asked at once. */
const RECONNECT = { "grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 100 };

export interface SpawnOptions {
  /** While the cluster is being made. */
  readonly found?: boolean;
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** In place of what a test node has else. */
  readonly configuration?: Partial<z.input<typeof NodeConfiguration>>;
}

interface TestNode {
  readonly id: number;
  readonly address: string;
  readonly control: NodeControlClient;
  process: ChildProcess | undefined;
}

/** Milliseconds between two probes: the first, and the longest. Each costs a call to every node, and they share the cores. */
const PROBE_EVERY = [20, 100] as const;

/** Polls until `probe` gives something other than undefined or false. @throws after `timeout` milliseconds, naming `what`. */
export async function eventually<T>(
  what: string,
  timeout: number,
  probe: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + timeout;
  let last: unknown;
  let pause: number = PROBE_EVERY[0];
  while (performance.now() < end) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    await delay(pause);
    pause = Math.min(1.5 * pause, PROBE_EVERY[1]);
  }
  throw new Error(`not within ${timeout} ms: ${what}${last === undefined ? "" : ` (${String(last)})`}`);
}

export class TestCluster {
  readonly folder: string;
  readonly nodes: readonly TestNode[];
  readonly #clients: CoreClient[] = [];

  private constructor(folder: string, nodes: readonly TestNode[]) {
    this.folder = folder;
    this.nodes = nodes;
  }

  /** @param options for each node. */
  static async start(
    size: number,
    options: (id: number) => Omit<SpawnOptions, "found"> = () => ({}),
  ): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), "tutti-cluster-"));
    const first = await freePorts(size);
    const ports = Array.from({ length: size }, (_, id) => first + id);
    const nodes = ports.map((port, id): TestNode => {
      const address = `127.0.0.1:${port}`;
      const control = new NodeControlClient(address, credentials.createInsecure(), RECONNECT);
      return { id, address, control, process: undefined };
    });
    const cluster = new TestCluster(folder, nodes);
    for (const { id } of nodes) cluster.spawn(id, { ...options(id), found: true });
    await cluster.ready();
    return cluster;
  }

  /** Every group has a leader that all running nodes agree on. */
  async ready(): Promise<void> {
    await eventually("all running nodes agree on a leader of every group", 10_000, async () => {
      const statuses = await this.statuses();
      return ["queue", "journal", "transactions"].every((group) => {
        const leaders = new Set(statuses.map((status) => groupOf(status, group)?.leader ?? -1));
        return leaders.size === 1 && !leaders.has(-1);
      });
    });
  }

  spawn(id: number, { found = false, environment = {}, configuration: own = {} }: SpawnOptions = {}): void {
    const node = this.#node(id);
    const configuration = {
      id,
      cluster: "test",
      port: Number(node.address.split(":")[1]),
      nodes: this.nodes.map(({ id: peer, address }) => ({ id: peer, address })),
      data: this.dataOf(id),
      log: this.logOf(id),
      found,
      ...own,
    };
    node.process = spawn(process.execPath, [...v8Options, main, JSON.stringify(configuration)], {
      stdio: ["pipe", "ignore", "inherit"],
      env: { ...allocatorOptions, ...process.env, ...environment },
    });
  }

  dataOf(id: number): string {
    return join(this.folder, `node-${id}`);
  }

  logOf(id: number): string {
    return join(this.folder, `node-${id}.log`);
  }

  async logLines(id: number): Promise<string[]> {
    return (await readFile(this.logOf(id), "utf8")).split("\n");
  }

  /** @param ids the only nodes it knows; all when absent. Closed with the cluster. */
  client(...ids: readonly number[]): CoreClient {
    const known = this.nodes.filter(({ id }) => ids.length === 0 || ids.includes(id));
    const client = new CoreClient({ nodes: known.map(({ id, address }) => ({ id, address })) });
    this.#clients.push(client);
    return client;
  }

  async status(id: number): Promise<NodeStatus> {
    const { control } = this.#node(id);
    return new Promise((resolve, reject) => {
      control.status({}, new Metadata(), { deadline: Date.now() + 500 }, (error, status) =>
        error ? reject(error) : resolve(status),
      );
    });
  }

  /** Of the nodes that answer. */
  async statuses(): Promise<NodeStatus[]> {
    const running = this.nodes.filter((node) => node.process !== undefined);
    return Promise.all(running.map(({ id }) => this.status(id)));
  }

  /** The node that leads `group`, as a majority of the running nodes believes. */
  async leader(group: string): Promise<number> {
    return eventually(`a leader of ${group}`, 10_000, async () => {
      const statuses = (await Promise.allSettled(this.nodes.map(({ id }) => this.status(id)))).flatMap((outcome) =>
        outcome.status === "fulfilled" ? [outcome.value] : [],
      );
      const leader = statuses.find((status) => groupOf(status, group)?.role === "leader")?.id;
      const believers = statuses.filter((status) => groupOf(status, group)?.leader === leader);
      return leader !== undefined && believers.length > this.nodes.length / 2 ? { leader } : undefined;
    }).then(({ leader }) => leader);
  }

  /** Sends a signal; SIGKILL and SIGTERM resolve when the process has ended. */
  async signal(id: number, signal: NodeJS.Signals): Promise<void> {
    const node = this.#node(id);
    const child = node.process;
    if (child === undefined) throw new Error(`node ${id} does not run`);
    const ends = signal === "SIGKILL" || signal === "SIGTERM";
    const runs = child.exitCode === null && child.signalCode === null;
    const exited = ends && runs ? once(child, "exit") : undefined;
    child.kill(signal);
    await exited;
    if (ends) node.process = undefined;
  }

  /** Resolves when the process has ended by itself. @throws when it has not within `timeout` milliseconds. */
  async dies(id: number, timeout: number): Promise<void> {
    const node = this.#node(id);
    const child = node.process;
    if (child === undefined) throw new Error(`node ${id} does not run`);
    await eventually(`node ${id} dies`, timeout, async () => child.exitCode !== null || child.signalCode !== null);
    node.process = undefined;
  }

  async kill(...ids: number[]): Promise<void> {
    await Promise.all(ids.map((id) => this.signal(id, "SIGKILL")));
  }

  /** Starts what was ended, and waits until all is as at the start. */
  async mend(): Promise<void> {
    for (const { id, process: child } of this.nodes) if (child === undefined) this.spawn(id);
    await this.ready();
  }

  /** Cuts every link between the two sides, at both ends. */
  async cut(side: readonly number[], other: readonly number[]): Promise<void> {
    const isolate = (id: number, from: readonly number[]) =>
      new Promise<void>((resolve, reject) => {
        const links = { to: [...from], from: [...from] };
        this.#node(id).control.setLinks(links, (error) => (error ? reject(error) : resolve()));
      });
    await Promise.all([...side.map((id) => isolate(id, other)), ...other.map((id) => isolate(id, side))]);
  }

  async heal(): Promise<void> {
    await this.cut(
      [],
      this.nodes.filter((node) => node.process !== undefined).map(({ id }) => id),
    );
  }

  /** A query answered from what this very node has applied. */
  async localQuery(id: number, group: string, name: string, input: unknown): Promise<unknown> {
    const stub = new CoreStub(this.#node(id).address, credentials.createInsecure());
    try {
      const stream = stub.exchange(new Metadata(), { deadline: Date.now() + 2000 });
      const query = { id: 1, group, name, input: Buffer.from(JSON.stringify(input)), after: 0, stale: true };
      stream.write({ batches: [], queries: [query], transactions: [] });
      const [{ replies }] = await once(stream, "data");
      stream.end();
      stream.resume();
      const outcome = JSON.parse(replies[0].outcome.toString());
      if (!outcome.ok) throw new Error(outcome.m);
      return outcome.v;
    } finally {
      stub.close();
    }
  }

  /** Of the state of all running nodes at one index of the log, by node id. */
  async stateHashes(group: string): Promise<Record<number, string>> {
    const running = this.nodes.filter((node) => node.process !== undefined);
    return eventually(`all nodes hash ${group} at one index`, 15_000, async () => {
      const leader = this.#node(await this.leader(group));
      const { ok, index } = await new Promise<CheckpointReply>((resolve, reject) => {
        leader.control.checkpoint({ group }, (error, reply) => (error ? reject(error) : resolve(reply)));
      });
      if (!ok) return undefined;
      const hashes = running.map(async ({ id, control }): Promise<[number, string]> => {
        // One that takes a snapshot from beyond the index has no hash there: then at another one.
        const { hash } = await eventually(`node ${id} hashes ${group} at ${index}`, 3000, async () => {
          const reply = await new Promise<StateHashReply>((resolve, reject) => {
            control.stateHash({ group, index }, (error, reply) => (error ? reject(error) : resolve(reply)));
          });
          return reply.hash !== "" && reply;
        });
        return [id, hash];
      });
      return Object.fromEntries(await Promise.all(hashes));
    });
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const { control } of this.nodes) control.close();
    const running = this.nodes.filter((node) => node.process !== undefined);
    await Promise.all(
      running.map(async ({ id, process: child }) => {
        child?.kill("SIGCONT");
        await this.signal(id, "SIGKILL");
      }),
    );
    await rm(this.folder, { recursive: true, force: true });
  }

  #node(id: number): TestNode {
    const node = this.nodes[id];
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }
}

export function groupOf(status: NodeStatus, name: string): GroupStatus | undefined {
  return status.groups.find((group) => group.name === name);
}
