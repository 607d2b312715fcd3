/**
 * A whole stack on this machine: nodes under supervision, and before them the front. In the order of time:
 *
 *     hold the folder, look at the ports
 *     spawn the nodes           load the front
 *     all nodes exist (the first time only)
 *     requests are let in
 *     every group has a leader
 *     the library has its limits, and its demo: ready
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeConfiguration } from "../../consensus-nodes/configuration.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { completeFounding, openCluster } from "../supervisor/cluster-file.ts";
import type { DataFolder } from "../supervisor/data-folder.ts";
import { Door } from "../supervisor/door.ts";
import type { NodeEvent } from "../supervisor/node-process.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { removeStackFile, writeStackFile } from "../supervisor/stack-file.ts";
import { Supervisor } from "../supervisor/supervisor.ts";
import { makeBundlesForLater } from "./bundles-for-later.ts";
import { Closers } from "./closers.ts";
import { ClusterChanges } from "./cluster-changes.ts";
import type { Front } from "./front.ts";
import { prepareLibrary } from "./library.ts";
import type { LibraryLimits } from "./library-limits.ts";
import { checkPorts, freeDoors } from "./port-check.ts";
import { choosePorts, MAX_NODES, type PortChoice, type Ports } from "./ports.ts";
import { votesOf } from "./votes.ts";

const DEFAULT_NODES = 5;
/** Making a folder takes a node a moment; a machine may be slow, but not that slow. */
const FOUNDING_MS = 30_000;
/** Whoever waits that long wants to know for what. */
const EXPLAIN_AFTER_MS = 10_000;
const LOOK_EVERY_MS = 20;
/** What runs when the stack ends may finish within this time; the nodes need the rest of the three seconds. */
const FRONT_CLOSE_MS = 1_000;

export interface StackOptions {
  readonly folder: DataFolder;
  /** Undefined: as many as the folder has, five in a new one. */
  readonly nodes: number | undefined;
  readonly runtime: Runtime["kind"];
  readonly host: string;
  readonly ports: PortChoice;
  readonly rpcLog: NodeConfiguration["rpcLog"];
  /** Percent; undefined: no leases. */
  readonly leaseDrift: number | undefined;
  /** File of tracks for a new cluster. */
  readonly seed: string | undefined;
  readonly library: LibraryLimits;
  /** Students and seats for a library that has none. */
  readonly demo: boolean;
  /** Functions are reloaded when they are saved. */
  readonly watch: boolean;
  /** Tells whoever sits at the terminal, in one line. */
  readonly say: (line: string) => void;
}

export class Stack {
  readonly #options: StackOptions;
  readonly #closers = new Closers();
  #supervisor: Supervisor | undefined;
  #front: Front | undefined;
  #ending = false;

  constructor(options: StackOptions) {
    this.#options = options;
  }

  /** Resolves when a request would be served. @throws {Refusal} when that cannot be; what was started is then to be closed. */
  async start(): Promise<Ports> {
    const { folder, host, rpcLog, leaseDrift, runtime, watch, say } = this.#options;
    const seed = this.#options.seed === undefined ? undefined : await loadSeed(this.#options.seed);

    const door = this.#closers.add(await Door.hold(folder));
    const { cluster, founding } = await openCluster(folder, this.#options.nodes, DEFAULT_NODES);
    const votes = votesOf(process.env, cluster.nodes);
    const chosen = choosePorts(this.#options.ports, Math.max(...cluster.nodes) + 1);
    // For nodes that come later.
    const all = choosePorts(this.#options.ports, MAX_NODES);
    const leaving = existsSync(folder.stack);
    await checkPorts(chosen, cluster.nodes, host, leaving);
    const ports = { ...chosen, doors: await freeDoors(chosen.doors, leaving, say) };
    await mkdir(folder.logs, { recursive: true, mode: 0o700 });

    const supervisor = new Supervisor({
      folder,
      cluster,
      founding,
      portOf: (id) => portOf(all, id),
      doorsOf: (id) => ports.doors[id] ?? all.doors[id] ?? {},
      voteOf: (id) => votes.get(id),
      rpcLog,
      leaseDrift,
      report: (event) => this.#report(event),
    });
    this.#supervisor = supervisor;
    this.#closers.add({ close: () => supervisor.end() });
    await supervisor.start();
    this.#closers.add({ close: () => removeStackFile(folder) });
    const startedAt = new Date().toISOString();
    const tellWhere = () =>
      writeStackFile(folder, {
        pid: process.pid,
        startedAt,
        host,
        ports: {
          ...ports,
          ingress: [...ports.ingress],
          nodes: supervisor.nodes.map(({ id }) => ({ id, port: portOf(all, id) })),
          doors: [...ports.doors],
        },
      });
    await tellWhere();
    const changes = new ClusterChanges({
      folder,
      cluster,
      supervisor,
      channel: () => this.#front?.channel,
      onChange: async () => {
        await tellWhere();
        for (const [id, address] of supervisor.addresses) this.#front?.know(id, address);
      },
    });
    door.open(changes);

    const { createFront } = await import("./front.ts");
    const front = await createFront({
      supervisor,
      runtime,
      host,
      ports,
      logFile: folder.gatewayLog,
      keyFile: folder.key,
      watch,
      say,
    });
    this.#front = front;
    this.#closers.add({ close: () => Promise.race([front.close(), sleep(FRONT_CLOSE_MS)]) });

    if (founding) {
      await this.#allNodesAnswer(front);
      if (seed !== undefined) await seed.sow(front.channel);
      await completeFounding(folder);
      supervisor.founded();
    }
    await front.open();
    await this.#led(front);
    const { library: limits, demo } = this.#options;
    await prepareLibrary({ channel: front.channel, credentials: front.credentials, limits, demo });
    front.readiness.prepared();
    if (cluster.joining.length > 0) {
      changes.resume().catch((error: unknown) => say(`nodes ${cluster.joining.join(", ")} could not join: ${error}`));
    }
    this.#closers.add(makeBundlesForLater());
    return ports;
  }

  /** Resolves when no process of it is left, in under 3 s. */
  async close(): Promise<void> {
    this.#ending = true;
    await this.#closers.close();
  }

  /** For when there is no time left. */
  endAtOnce(): void {
    this.#ending = true;
    this.#supervisor?.endAtOnce();
  }

  async #allNodesAnswer(front: Front): Promise<void> {
    const deadline = performance.now() + FOUNDING_MS;
    for (;;) {
      const { nodes } = await front.cluster.report(0);
      const missing = nodes.find(({ alive }) => !alive);
      if (missing === undefined) return;
      if (performance.now() > deadline) {
        const output = this.#options.folder.nodeOutput(missing.id);
        throw new Refusal(`node ${missing.id} did not come up within ${FOUNDING_MS / 1000} s: see ${output}`);
      }
      await this.#pause();
    }
  }

  async #led(front: Front): Promise<void> {
    const explain = setTimeout(() => this.#options.say("waiting for every group to have a leader"), EXPLAIN_AFTER_MS);
    while (!(await front.readiness.led(0))) await this.#pause();
    clearTimeout(explain);
  }

  async #pause(): Promise<void> {
    if (this.#ending) throw new Refusal("ended before it was ready");
    await sleep(LOOK_EVERY_MS);
  }

  #report(event: NodeEvent): void {
    const line =
      event.kind === "died"
        ? `node ${event.id} died (${event.how}), starting it again in ${event.wait} ms`
        : `node ${event.id} refuses to start: ${event.reason}`;
    this.#options.say(line);
    this.#front?.log.warn(event, line);
  }
}

/** Loaded only by who needs it: what is read before the nodes are spawned makes all wait. */
async function loadSeed(path: string) {
  const { readSeed, sow } = await import("./seed.ts");
  const seed = await readSeed(path);
  return { sow: (channel: Front["channel"]) => sow(seed, channel) };
}

function portOf(ports: Ports, id: number): number {
  const port = ports.nodes[id];
  if (port === undefined) throw new Error(`no port for node ${id}`);
  return port;
}
