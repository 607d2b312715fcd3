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
  /** By node id. */
  readonly ports: readonly number[];
  /** By node id. */
  readonly doors: readonly NodeConfiguration["doors"][];
  /** By node id: how it is told to vote. */
  readonly votes: ReadonlyMap<number, NodeConfiguration["vote"]>;
  readonly rpcLog: NodeConfiguration["rpcLog"];
  readonly report: (event: NodeEvent) => void;
}

/** Nodes trust whoever reaches their ports: they are never offered beyond this machine. */
const HOST = "127.0.0.1";

export class Supervisor {
  /** In order of their ids. */
  readonly nodes: readonly NodeProcess[];
  /** By id, "host:port". */
  readonly addresses: ReadonlyMap<number, string>;
  readonly #folder: DataFolder;
  #founding: boolean;

  constructor({ folder, cluster, founding, ports, doors, votes, rpcLog, report }: SupervisorOptions) {
    this.#folder = folder;
    this.#founding = founding;
    const members = cluster.nodes.map((id) => {
      const port = ports[id];
      if (port === undefined) throw new Error(`no port for node ${id}, only for ${ports.length} nodes`);
      return { id, port, address: `${HOST}:${port}` };
    });
    this.addresses = new Map(members.map(({ id, address }) => [id, address]));
    this.nodes = members.map(
      ({ id, port }) =>
        new NodeProcess({
          id,
          configuration: () => ({
            id,
            cluster: cluster.id,
            host: HOST,
            port,
            nodes: members.map(({ id, address }) => ({ id, address })),
            data: folder.node(id),
            log: folder.nodeLog(id),
            found: this.#founding,
            rpcLog,
            vote: votes.get(id),
            doors: doors[id],
          }),
          output: folder.nodeOutput(id),
          report,
        }),
    );
  }

  async start(): Promise<void> {
    await mkdir(this.#folder.nodes, { recursive: true, mode: 0o700 });
    for (const node of this.nodes) node.start();
  }

  /** From now on a node that starts without its folder has lost it. */
  founded(): void {
    this.#founding = false;
  }

  /** Resolves when no process is left. */
  async end(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end()));
  }

  endAtOnce(): void {
    for (const node of this.nodes) node.endAtOnce();
  }
}
