/** Snapshots of one group on one node: they take time to write and to fetch, and what is not finished when the node dies is lost. */
import { hash } from "node:crypto";
import type { SnapshotHead } from "../../consensus-nodes/replica/snapshots/snapshot-format.ts";
import type { Snapshot, SnapshotStorage } from "../../consensus-nodes/replica/snapshots/snapshot-storage.ts";
import type { NodeLife } from "./node-life.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

/** Milliseconds, at most. */
const WALK_TIME = 30;
const FETCH_TIME = 60;

/** As a file would hold it: nothing in it is shared with the state that it was made of. */
export interface WrittenSnapshot {
  readonly head: SnapshotHead;
  readonly values: readonly string[];
}

/** What survives a power cut. */
export class SnapshotDisk {
  newest: WrittenSnapshot | undefined;
}

export class SimulatedSnapshots implements SnapshotStorage {
  readonly newest: Snapshot | undefined;
  readonly #world: World;
  readonly #group: string;
  readonly #node: SimulatedNode;
  readonly #life: NodeLife;

  constructor(world: World, group: string, node: SimulatedNode, life: NodeLife) {
    this.#world = world;
    this.#group = group;
    this.#node = node;
    this.#life = life;
    const { newest } = node.snapshots(group);
    this.newest = newest === undefined ? undefined : read(newest);
  }

  write(head: SnapshotHead, values: Iterable<unknown>, done: (bytes: number) => void): void {
    this.#walk(values, (written) => {
      this.#world.witness.group(this.#group).captures(head.index, digest(written));
      this.#node.snapshots(this.#group).newest = { head, values: written };
      this.#world.count("snapshots");
      done(written.reduce((sum, { length }) => sum + length, 0));
    });
  }

  fetch(from: number, index: number, done: (snapshot: Snapshot | undefined) => void): void {
    const { network, nodes } = this.#world;
    // Now and at the end, the other one must be there, reached, and have it.
    const found = () => {
      const cut = network.isCut(from, this.#node.id) || network.isCut(this.#node.id, from);
      const newest = nodes[from]?.life === undefined || cut ? undefined : nodes[from].snapshots(this.#group).newest;
      return newest?.head.index === index ? newest : undefined;
    };
    const began = found() !== undefined;
    this.#life.after(network.delay() + this.#node.random.next() * FETCH_TIME, () => {
      const snapshot = began ? found() : undefined;
      this.#world.count(snapshot === undefined ? "snapshot transfers broken off" : "snapshot transfers");
      if (snapshot === undefined) return done(undefined);
      this.#node.snapshots(this.#group).newest = snapshot;
      done(read(snapshot));
    });
  }

  digest(values: Iterable<unknown>, done: (hash: string) => void): void {
    const index = this.#life.replicas.get(this.#group)?.status.applied ?? 0;
    this.#walk(values, (written) => {
      const found = digest(written);
      this.#world.witness.group(this.#group).captures(index, found);
      this.#world.count("state hashes");
      done(found);
    });
  }

  /** In two parts, with commands between them: what they change must not show. */
  #walk(values: Iterable<unknown>, done: (written: readonly string[]) => void): void {
    const iterator = values[Symbol.iterator]();
    const written: string[] = [];
    const first = this.#node.random.integer(0, 5);
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      written.push(JSON.stringify(next.value));
      if (written.length >= first) break;
    }
    this.#life.after(this.#node.random.next() * WALK_TIME, () => {
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        written.push(JSON.stringify(next.value));
      }
      done(written);
    });
  }
}

function read({ head, values }: WrittenSnapshot): Snapshot {
  return { head, values: values.map((value): unknown => JSON.parse(value)) };
}

export function digest(values: readonly string[]): string {
  return hash("sha1", values.join("\n"));
}
