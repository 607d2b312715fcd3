/** Nodes added to a running stack, removed and replaced: what its groups decide, and what follows from it for processes and files. */
import { rm } from "node:fs/promises";
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import { type Cluster, changeCluster } from "../supervisor/cluster-file.ts";
import type { DataFolder } from "../supervisor/data-folder.ts";
import type { DoorActions } from "../supervisor/door.ts";
import { Membership } from "../supervisor/membership.ts";
import type { Action } from "../supervisor/node-process.ts";
import { Refusal } from "../supervisor/refusal.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { forgetNode, heldAloneBy } from "./picture-catalog.ts";
import { MAX_NODES } from "./ports.ts";

export interface ClusterChangesOptions {
  readonly folder: DataFolder;
  readonly cluster: Cluster;
  readonly supervisor: Supervisor;
  /** To the groups; undefined while the stack is still starting. */
  readonly channel: () => CoreChannel | undefined;
  /** Nodes came or went. */
  readonly onChange: () => Promise<void>;
}

export class ClusterChanges implements DoorActions {
  readonly #options: ClusterChangesOptions;
  readonly #membership: Membership;
  #cluster: Cluster;
  #busy = false;

  constructor(options: ClusterChangesOptions) {
    this.#options = options;
    this.#cluster = options.cluster;
    this.#membership = new Membership(options.supervisor.addresses);
  }

  get ids(): readonly number[] {
    return this.#options.supervisor.nodes.map(({ id }) => id);
  }

  async act(id: number, action: Action): Promise<string> {
    const node = this.#options.supervisor.nodes.find((known) => known.id === id);
    if (node === undefined) throw new Refusal(`there is no node ${id}`);
    return node.act(action);
  }

  addNode(): Promise<string> {
    return this.#alone(async () => {
      const id = Math.max(...this.#cluster.nodes) + 1;
      if (id >= MAX_NODES) throw new Refusal(`node ids go up to ${MAX_NODES - 1}`);
      await this.#write({ nodes: [...this.#cluster.nodes, id], joining: [...this.#cluster.joining, id] });
      this.#options.supervisor.add(id);
      await this.#options.onChange();
      await this.#admit(id);
      return `node ${id} is a voter of every group`;
    });
  }

  removeNode(id: number): Promise<string> {
    return this.#alone(async () => {
      const { folder, supervisor, onChange } = this.#options;
      if (this.#cluster.nodes.length === 1) throw new Refusal("the last node stays");
      const alone = await heldAloneBy(this.#channel(), id);
      if (alone.length > 0) {
        throw new Refusal(`node ${id} alone holds ${alone.length} pictures, ${alone[0]} among them: delete them first`);
      }
      await this.#membership.dismiss(id);
      await this.#write({ nodes: without(this.#cluster.nodes, id), joining: without(this.#cluster.joining, id) });
      await supervisor.remove(id);
      // What it knew is worth nothing any more, and must not come back.
      await rm(folder.node(id), { recursive: true, force: true });
      await onChange();
      await forgetNode(this.#channel(), id);
      return `node ${id} is a member of no group any more, and its folder is gone`;
    });
  }

  replaceNode(id: number): Promise<string> {
    return this.#alone(async () => {
      const { folder } = this.#options;
      // First it counts nowhere; only then may it forget what it promised.
      await this.#membership.dismiss(id);
      await this.act(id, "stop");
      await this.#write({ nodes: this.#cluster.nodes, joining: [...without(this.#cluster.joining, id), id] });
      await rm(folder.node(id), { recursive: true, force: true });
      await this.act(id, "restart");
      await this.#admit(id);
      return `node ${id} began with an empty folder, and is a voter of every group again`;
    });
  }

  async moveLeader(group: string, id: number): Promise<string> {
    await this.#membership.moveLeader(group, id);
    return `node ${id} leads ${group}`;
  }

  /** Goes on with what an end of the stack interrupted. */
  async resume(): Promise<void> {
    await this.#alone(async () => {
      for (const id of this.#cluster.joining) await this.#admit(id);
      return "";
    });
  }

  #channel(): CoreChannel {
    const channel = this.#options.channel();
    if (channel === undefined) throw new Refusal("the stack is still starting");
    return channel;
  }

  async #admit(id: number): Promise<void> {
    await this.#membership.admit(id);
    await this.#write({ nodes: this.#cluster.nodes, joining: without(this.#cluster.joining, id) });
  }

  async #write(change: Pick<Cluster, "nodes" | "joining">): Promise<void> {
    const cluster = { ...this.#cluster, ...change };
    await changeCluster(this.#options.folder, cluster);
    this.#cluster = cluster;
    this.#options.supervisor.join(cluster.joining);
  }

  /** One change of nodes at a time. */
  async #alone(change: () => Promise<string>): Promise<string> {
    if (this.#busy) throw new Refusal("another change of nodes is under way");
    this.#busy = true;
    try {
      return await change();
    } finally {
      this.#busy = false;
    }
  }
}

const without = (ids: readonly number[], id: number) => ids.filter((each) => each !== id);
