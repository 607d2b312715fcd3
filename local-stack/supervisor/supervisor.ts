/** The nodes of one stack as processes of this machine. */
import { mkdir } from "node:fs/promises";
import type { NodeConfiguration } from "../../consensus-nodes/configuration.ts";
import type { Cluster } from "./cluster-file.ts";
import type { DataFolder } from "./data-folder.ts";
import { type NodeEvent, NodeProcess } from "./node-process.ts";

export interface SupervisorOptions {
  readonly folder: DataFolder;
  readonly cluster: Cluster;
  /** True until founded() is called. */
  readonly founding: boolean;
  readonly portOf: (id: number) => number;
  readonly doorsOf: (id: number) => NodeConfiguration["doors"];
  /** How a node is told to vote. */
  readonly voteOf: (id: number) => NodeConfiguration["vote"] | undefined;
  readonly rpcLog: NodeConfiguration["rpcLog"];
  readonly leaseDrift: number | undefined;
  readonly report: (event: NodeEvent) => void;
}

/** Nodes trust whoever reaches their ports: they are never offered beyond this machine. */
const HOST = "127.0.0.1";

export class Supervisor {
  readonly #options: SupervisorOptions;
  /** By id. */
  readonly #nodes = new Map<number, NodeProcess>();
  readonly #addresses = new Map<number, string>();
  #founding: boolean;
  #joining: readonly number[];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#founding = options.founding;
    this.#joining = options.cluster.joining;
    for (const id of options.cluster.nodes) this.#add(id);
  }

  /** In order of their ids. */
  get nodes(): readonly NodeProcess[] {
    return [...this.#nodes.values()].sort((one, other) => one.id - other.id);
  }

  /** Ids of the nodes that are not just joining. */
  get settled(): readonly number[] {
    return this.nodes.map(({ id }) => id).filter((id) => !this.#joining.includes(id));
  }

  /** By id, "host:port", as they are at the moment. */
  get addresses(): ReadonlyMap<number, string> {
    return this.#addresses;
  }

  async start(): Promise<void> {
    await mkdir(this.#options.folder.nodes, { recursive: true, mode: 0o700 });
    for (const node of this.nodes) node.start();
  }

  /** From now on a node that starts without its folder has lost it. */
  founded(): void {
    this.#founding = false;
  }

  /** One more node, which waits until it is told of its groups. */
  add(id: number): void {
    this.#add(id).start();
  }

  /** Ends the node's process, and forgets it. */
  async remove(id: number): Promise<void> {
    const node = this.#nodes.get(id);
    this.#nodes.delete(id);
    this.#addresses.delete(id);
    await node?.end();
  }

  /** Nodes that may start with an empty folder. */
  join(ids: readonly number[]): void {
    this.#joining = ids;
  }

  #add(id: number): NodeProcess {
    const { folder, cluster, portOf, doorsOf, voteOf, rpcLog, leaseDrift, report } = this.#options;
    const port = portOf(id);
    this.#addresses.set(id, `${HOST}:${port}`);
    const node = new NodeProcess({
      id,
      configuration: () => ({
        id,
        cluster: cluster.id,
        host: HOST,
        port,
        nodes: [...this.#addresses].map(([id, address]) => ({ id, address })),
        data: folder.node(id),
        log: folder.nodeLog(id),
        found: this.#founding,
        join: this.#joining.includes(id),
        rpcLog,
        ...(leaseDrift !== undefined && { leases: { driftPercent: leaseDrift } }),
        vote: voteOf(id),
        doors: doorsOf(id),
      }),
      output: folder.nodeOutput(id),
      report,
    });
    this.#nodes.set(id, node);
    return node;
  }

  /** Resolves when no process is left. */
  async end(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end(false)));
  }

  endAtOnce(): void {
    for (const node of this.nodes) node.endAtOnce();
  }
}
