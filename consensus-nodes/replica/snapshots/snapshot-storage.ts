/** What a replica asks of whatever keeps its snapshots: a disk and the network, or, in the simulator, what behaves like them. */
import type { SnapshotHead } from "./snapshot-format.ts";

export interface Snapshot {
  readonly head: SnapshotHead;
  /** As AppliedState.capture gave them. To be walked once. */
  readonly values: Iterable<unknown>;
}

export interface SnapshotStorage {
  /** Found at opening, verified. */
  readonly newest: Snapshot | undefined;

  /** Keeps one more. `done` is called when it is durable: never within this call, and never after a failure. @param bytes of it */
  write(head: SnapshotHead, values: Iterable<unknown>, done: (bytes: number) => void): void;

  /**
   * Brings another node's snapshot that ends with `index`. `done` has it whole, verified and durable here, or undefined when it
   * could not be had; what came of it so far is not asked for again.
   */
  fetch(from: number, index: number, done: (snapshot: Snapshot | undefined) => void): void;

  /** A hash of the values: equal on all nodes for equal states. Others go on meanwhile. */
  digest(values: Iterable<unknown>, done: (hash: string) => void): void;
}
