/** When a snapshot is worth taking, and how much of the log is kept behind it. */

export interface SnapshotPolicy {
  /** Bytes of entries since the one before. Grows to that one's size, so that snapshots at most double what is written. */
  readonly afterBytes: number;
  /** Entries since the one before: bounds what a restart applies anew. */
  readonly afterEntries: number;
  /** Entries kept although a snapshot covers them: a follower a little behind needs no snapshot. */
  readonly keepEntries: number;
}

export const DEFAULT_POLICY: SnapshotPolicy = {
  afterBytes: 16 * 1024 * 1024,
  afterEntries: 50_000,
  keepEntries: 10_000,
};

/** Counted for an entry beside its data. */
const ENTRY_OVERHEAD_BYTES = 64;

export class SnapshotSchedule {
  readonly #policy: SnapshotPolicy;
  #bytes = 0;
  #entries = 0;
  #afterBytes: number;

  constructor(policy: SnapshotPolicy) {
    this.#policy = policy;
    this.#afterBytes = policy.afterBytes;
  }

  get due(): boolean {
    return this.#bytes >= this.#afterBytes || this.#entries >= this.#policy.afterEntries;
  }

  /** An entry with so many bytes of data was applied. */
  applied(bytes: number): void {
    this.#entries += 1;
    this.#bytes += bytes + ENTRY_OVERHEAD_BYTES;
  }

  begun(): void {
    this.#bytes = 0;
    this.#entries = 0;
  }

  /** A snapshot of so many bytes is durable. */
  taken(bytes: number): void {
    this.#afterBytes = Math.max(this.#policy.afterBytes, bytes);
  }

  /** The last entry that may go: `index` is the last one the new snapshot covers, `before` that of the one before it. */
  keepAfter(index: number, before: number): number {
    // No more than since the one before, or large entries would pile up.
    return Math.max(index - this.#policy.keepEntries, before);
  }
}
