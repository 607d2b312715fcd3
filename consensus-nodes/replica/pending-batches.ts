/** Batches that this node proposed as leader, until they are applied or it leads no more. */
import type { NodeId } from "../raft/message.ts";
import type { Batch, BatchOutcome } from "../wire/batch.ts";

interface PendingBatch {
  /** In which it was proposed. An entry of another term at the same index is another entry. */
  readonly term: number;
  readonly batch: Batch;
  readonly reply: (outcome: BatchOutcome) => void;
}

export class PendingBatches {
  /** By index. Bounded by the leader's bound on uncommitted entries. */
  readonly #pending = new Map<number, PendingBatch>();

  add(index: number, pending: PendingBatch): void {
    this.#pending.set(index, pending);
  }

  /** The batch that became the entry of `term` at `index`, when it is one of ours. */
  take(index: number, term: number): PendingBatch | undefined {
    const pending = this.#pending.get(index);
    if (pending?.term !== term) return undefined;
    this.#pending.delete(index);
    return pending;
  }

  abandon(outcome: BatchOutcome & { readonly ok: false; readonly leader: NodeId | null }): void {
    const abandoned = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reply } of abandoned) reply(outcome);
  }
}
