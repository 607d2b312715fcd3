/** Snapshots kept in memory, of one node or of several that fetch them from each other. What is to happen later is handed to `later`. */
import { createHash } from "node:crypto";
import type { SnapshotHead } from "../../consensus-nodes/replica/snapshots/snapshot-format.ts";
import type { Snapshot, SnapshotStorage } from "../../consensus-nodes/replica/snapshots/snapshot-storage.ts";

export type Later = (action: () => void) => void;

interface Kept {
  readonly head: SnapshotHead;
  readonly values: readonly unknown[];
}

/** What outlives a restart of the node. */
export class KeptSnapshots {
  #newest: Kept | undefined;

  get newest(): Kept | undefined {
    return this.#newest;
  }

  keep(kept: Kept): void {
    if (kept.head.index > (this.#newest?.head.index ?? 0)) this.#newest = kept;
  }
}

export class MemorySnapshots implements SnapshotStorage {
  readonly newest: Snapshot | undefined;
  readonly #kept: KeptSnapshots;
  readonly #later: Later;
  /** Of the other nodes. */
  readonly #others: (node: number) => KeptSnapshots | undefined;

  constructor(
    kept: KeptSnapshots,
    later: Later,
    others: (node: number) => KeptSnapshots | undefined = () => undefined,
  ) {
    this.newest = kept.newest;
    this.#kept = kept;
    this.#later = later;
    this.#others = others;
  }

  write(head: SnapshotHead, values: Iterable<unknown>, done: (bytes: number) => void): void {
    const copied = copyOf(values);
    this.#later(() => {
      this.#kept.keep({ head, values: copied });
      done(JSON.stringify(copied).length);
    });
  }

  fetch(from: number, index: number, done: (snapshot: Snapshot | undefined) => void): void {
    this.#later(() => {
      const found = this.#others(from)?.newest;
      if (found?.head.index !== index) return done(undefined);
      this.#kept.keep(found);
      done({ head: found.head, values: copyOf(found.values) });
    });
  }

  digest(values: Iterable<unknown>, done: (hash: string) => void): void {
    const hash = createHash("sha256")
      .update(JSON.stringify([...values]))
      .digest("hex");
    this.#later(() => done(hash));
  }
}

/** As a file would give them back. */
function copyOf(values: Iterable<unknown>): unknown[] {
  return JSON.parse(JSON.stringify([...values]));
}
