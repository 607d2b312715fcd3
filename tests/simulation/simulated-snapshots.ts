/** Snapshots of one group on one node: they take time to write and to fetch, and what is not finished when the node dies is lost. */
import { hash } from "node:crypto";
import type { SnapshotHead } from "../../consensus-nodes/replica/snapshots/snapshot-format.ts";
import type { Snapshot, SnapshotStorage } from "../../consensus-nodes/replica/snapshots/snapshot-storage.ts";
import type { NodeLife } from "./node-life.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { WrittenSnapshot } from "./snapshot-disk.ts";
import type { World } from "./world.ts";

/** Milliseconds, at most. */
const WALK_TIME = 30;
const FETCH_TIME = 60;

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
    const { newest } = node.disk(group).snapshots;
    this.newest = newest === undefined ? undefined : world.planted.snapshot(read(newest));
  }

  write(head: SnapshotHead, values: Iterable<unknown>, done: (bytes: number) => void): void {
    this.#walk(values, (written) => {
      this.#world.witness.group(this.#group).captures(head.index, written);
      this.#node.disk(this.#group).snapshots.keep({ head, values: written });
      this.#world.count("snapshots");
      done(written.reduce((sum, { length }) => sum + length, 0));
    });
  }

  fetch(from: number, index: number, done: (snapshot: Snapshot | undefined) => void): void {
    const { network, nodes } = this.#world;
    // Now and at the end, the other one must be there, reached, and have it.
    const found = () => {
      const cut = network.isCut(from, this.#node.id) || network.isCut(this.#node.id, from);
      return nodes[from]?.life === undefined || cut ? undefined : nodes[from].disk(this.#group).snapshots.at(index);
    };
    const began = found() !== undefined;
    this.#life.after(network.delay() + this.#node.random.next() * FETCH_TIME, () => {
      const snapshot = began ? found() : undefined;
      this.#world.count(snapshot === undefined ? "snapshot transfers broken off" : "snapshot transfers");
      if (snapshot === undefined) return done(undefined);
      this.#node.disk(this.#group).snapshots.keep(snapshot);
      done(this.#world.planted.snapshot(read(snapshot)));
    });
  }

  digest(values: Iterable<unknown>, done: (hash: string) => void): void {
    const index = this.#life.replicas.get(this.#group)?.status.applied ?? 0;
    this.#walk(values, (written) => {
      this.#world.witness.group(this.#group).captures(index, written);
      this.#world.count("state hashes");
      done(digest(written));
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
