/** The snapshots of one group that are durable on one node. */
import type { SnapshotHead } from "../../consensus-nodes/replica/snapshots/snapshot-format.ts";

/** As a file would hold it: nothing in it is shared with the state that it was made of. */
export interface WrittenSnapshot {
  readonly head: SnapshotHead;
  readonly values: readonly string[];
}

/** Kept, as in the real store: the one before is there while a newer one is sent. */
const KEEP = 2;

export class SnapshotDisk {
  /** Ascending. */
  #kept: readonly WrittenSnapshot[] = [];

  get newest(): WrittenSnapshot | undefined {
    return this.#kept.at(-1);
  }

  at(index: number): WrittenSnapshot | undefined {
    return this.#kept.find(({ head }) => head.index === index);
  }

  keep(snapshot: WrittenSnapshot): void {
    const others = this.#kept.filter(({ head }) => head.index !== snapshot.head.index);
    this.#kept = [...others, snapshot].sort((a, b) => a.head.index - b.head.index).slice(-KEEP);
  }
}
