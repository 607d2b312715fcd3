/**
 * One run out of one seed: real replicas and the real two-phase commit, real clients, in a simulated world. First the faults have
 * their way, and nothing wrong may happen; then a majority is well again, and things must go on; then all, and must come to rest.
 */
import type { NodeId } from "../../consensus-nodes/raft/message.ts";
import { majority } from "../../consensus-nodes/raft/quorum.ts";
import { Random } from "../consensus/raft/harness/random.ts";
import { Schedule } from "../consensus/raft/harness/schedule.ts";
import { FaultDriver } from "./fault-driver.ts";
import { drawFaults, type Fault } from "./faults.ts";
import { FinalCheckpoints } from "./final-checkpoints.ts";
import type { Load } from "./load/load.ts";
import { drawLoads } from "./load/loads.ts";
import { Network } from "./network.ts";
import { Operator } from "./operator.ts";
import { PlantedBug } from "./planted/planted-bug.ts";
import { Probe } from "./probe.ts";
import { RunTrace } from "./run-trace.ts";
import { drawSettings, type Settings, TROUBLE } from "./settings.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedNode } from "./simulated-node.ts";
import type { Server } from "./stream-link.ts";
import { Witness } from "./witness/witness.ts";
import { Violation, type World } from "./world.ts";

/** From healing a majority until every group has served a new write and a new read. Ten elections or so. */
const PROGRESS_WITHIN = 5000;
/** From healing all until all have applied the same, and nothing is promised or half told. */
const REST_WITHIN = 6000;
/** Milliseconds, on average. */
const CHECKPOINT_EVERY = 250;
/** Between two looks whether it is there yet. */
const LOOK_EVERY = 20;

export interface RunOptions {
  readonly seed: number;
  /** In place of those that the seed draws. */
  readonly faults?: readonly Fault[];
  readonly planted?: PlantedBug;
  readonly print?: (line: string) => void;
}

export interface RunReport {
  readonly seed: number;
  readonly hash: number;
  readonly steps: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly operations: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  readonly committed: number;
  readonly terms: number;
  /** Milliseconds, simulated. */
  readonly time: number;
}

export function drawRun(seed: number): { readonly settings: Settings; readonly faults: Fault[] } {
  const random = new Random(seed);
  const settings = drawSettings(random.split("settings"));
  return { settings, faults: drawFaults(random.split("faults"), settings) };
}

/** @throws when something happened that must not, or nothing did after healing. */
export function simulate(options: RunOptions): Promise<RunReport> {
  return new Simulation(options).run();
}

class Simulation implements World {
  readonly schedule = new Schedule();
  readonly settings: Settings;
  readonly network: Network;
  readonly trace: RunTrace;
  readonly witness: Witness;
  readonly planted: PlantedBug;
  readonly nodes: readonly SimulatedNode[];
  readonly ids: readonly NodeId[];
  readonly founders: readonly NodeId[];
  readonly random: () => number;
  readonly #seed: number;
  readonly #faults: readonly Fault[];
  readonly #streams: Random;
  readonly #operator = new Operator(this);
  readonly #driver: FaultDriver;
  readonly #clients: readonly SimulatedClient[];
  readonly #loads: readonly Load[];
  readonly #counts = new Map<string, number>();
  #touched = false;
  #failure: unknown;

  constructor({ seed, faults, planted = new PlantedBug(), print }: RunOptions) {
    const drawn = drawRun(seed);
    const random = new Random(seed);
    this.#seed = seed;
    this.#streams = random;
    this.planted = planted;
    this.settings = { ...drawn.settings, machines: drawn.settings.machines.map((machine) => planted.machine(machine)) };
    this.#faults = faults ?? drawn.faults;
    this.trace = new RunTrace(this.schedule, print);
    this.network = new Network(this.schedule, random.split("network"));
    this.random = random.split("streams").next;
    const { nodes, spares, machines } = this.settings;
    this.ids = Array.from({ length: nodes + spares }, (_, id) => id);
    this.founders = this.ids.slice(0, nodes);
    this.nodes = this.ids.map((id) => new SimulatedNode(id, this, random.split(`node ${id}`)));
    this.witness = new Witness(machines, this.founders, (group) => this.nodes.map((node) => node.disk(group)));
    this.#clients = Array.from({ length: this.settings.clients }, (_, number) => new SimulatedClient(number, this));
    this.#driver = new FaultDriver(
      this,
      this.#clients.map(({ id }) => id),
      random.split("ambushes"),
      this.#operator,
    );
    this.#loads = drawLoads(this, this.#clients, random.split("load"));
  }

  server(node: NodeId): Server {
    const server = this.nodes[node];
    if (server === undefined) throw new Error(`there is no node ${node}`);
    return server;
  }

  touched(): void {
    this.#touched = true;
  }

  readonly fail = (error: unknown): void => {
    this.#failure ??= error;
  };

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  ended(node: NodeId): void {
    this.#driver.ended(node);
  }

  becameLeader(node: NodeId): void {
    this.#driver.becameLeader(node);
  }

  reached(_step: string, node: SimulatedNode): void {
    this.#driver.reached(node);
  }

  async run(): Promise<RunReport> {
    for (const id of this.founders) this.nodes[id]?.start();
    for (const load of this.#loads) load.start();
    this.#driver.start(this.#faults);
    this.#checkpointLater();
    await this.#until(TROUBLE);

    this.#driver.end();
    const absent = this.#minority().map((node) => node.crash());
    this.trace.add("a majority is well", -1);
    const probe = new Probe(this, this.settings.clients);
    await this.#untilSo(PROGRESS_WITHIN, "progress", () => probe.missing);
    for (const load of this.#loads) load.stop();

    for (const restart of absent) restart();
    this.trace.add("all are well", -1);
    await this.#untilSo(REST_WITHIN, "rest", () => this.#unrest());
    const checkpoints = new FinalCheckpoints(this);
    await this.#untilSo(REST_WITHIN, "state hashes", () => checkpoints.missing);
    for (const load of this.#loads) load.check();
    return this.#report();
  }

  /** Now and then, whoever leads has all members note a hash of their state. */
  #checkpointLater(): void {
    this.schedule.after(this.#streams.next() * 2 * CHECKPOINT_EVERY, () => {
      if (this.schedule.now > TROUBLE) return;
      for (const { life } of this.nodes) {
        life?.step(() => {
          for (const replica of life.replicas.values()) if (replica.status.role === "leader") replica.checkpoint();
        });
      }
      this.#checkpointLater();
    });
  }

  async #until(time: number): Promise<void> {
    while (this.schedule.step(time)) {
      if (this.#touched) {
        this.#touched = false;
        await drained();
      }
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  async #untilSo(within: number, what: string, missing: () => string | undefined): Promise<void> {
    const latest = this.schedule.now + within;
    for (let missed = missing(); missed !== undefined; missed = missing()) {
      if (this.schedule.now + LOOK_EVERY > latest) throw new Violation(`no ${what} within ${within} ms: ${missed}`);
      this.schedule.after(LOOK_EVERY, () => {});
      await this.#until(this.schedule.now + LOOK_EVERY);
    }
  }

  /** Fewer than half, often none; none while it is open who makes up a majority. */
  #minority(): SimulatedNode[] {
    const random = this.#streams.split("minority");
    const changing = this.#faults.some(({ kind }) => kind === "join" || kind === "leave" || kind === "lost disk");
    const most = this.founders.length - majority(this.founders.length);
    const count = !changing && random.chance(0.5) ? random.integer(0, most) : 0;
    const left = this.nodes.slice(0, this.founders.length);
    return Array.from({ length: count }, () => left.splice(random.integer(0, left.length - 1), 1)).flat();
  }

  /** What keeps the world from being at rest; undefined when it is. */
  #unrest(): string | undefined {
    if (this.#loads.some(({ idle }) => !idle)) return "callers wait";
    if (this.#operator.pending !== undefined) return this.#operator.pending;
    for (const node of this.nodes) {
      const { life } = node;
      if (life === undefined) {
        if (node.awaited) return `node ${node.id} is down`;
        continue;
      }
      const [promise] = life.transactions.participant.waiting;
      if (promise !== undefined) return `node ${node.id} holds a promise of ${promise}`;
      for (const [group, replica] of life.replicas) {
        if (!this.witness.group(group).members.has(node.id)) continue;
        const { committed } = this.witness.group(group);
        const { applied } = replica.status;
        if (applied !== committed) return `${group} has applied ${applied} of ${committed} on node ${node.id}`;
        const [locked] = replica.waitingTransactions;
        if (locked !== undefined) return `${group} is locked by ${locked} on node ${node.id}`;
      }
    }
    const untold = this.witness.groups.get("transactions")?.state.answer("untold", { limit: 1 });
    if (untold?.ok && JSON.stringify(untold.v) !== "[]") return `not told to all: ${JSON.stringify(untold.v)}`;
    return undefined;
  }

  #report(): RunReport {
    const operations: Record<string, number> = {};
    this.#loads.forEach(({ counts }, position) => {
      for (const [outcome, count] of Object.entries(counts)) {
        operations[`${this.settings.loads[position]} ${outcome}`] = count;
      }
    });
    const groups = [...this.witness.groups.values()];
    const { lost, doubled, late, cut } = this.network.counts;
    return {
      seed: this.#seed,
      hash: this.trace.hash,
      steps: this.trace.steps,
      faults: {
        ...Object.fromEntries(this.#driver.counts),
        "messages lost": lost + cut,
        "messages doubled": doubled,
        "messages late": late,
      },
      operations,
      events: Object.fromEntries(this.#counts),
      committed: groups.reduce((sum, { committed }) => sum + committed, 0),
      terms: groups.reduce((sum, { terms }) => sum + terms, 0),
      time: this.schedule.now,
    };
  }
}

/** Lets everything run that waits for nothing but its turn. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
