/**
 * State hashes at indexes that the log itself names: an entry of kind checkpoint changes nothing, and every node that applies it
 * notes what its state hashes to there. Equal logs must give equal hashes, however far each node is at the moment.
 */

/** Noted last, per group; older ones are forgotten. */
const MAX_NOTED = 64;

export class Checkpoints {
  readonly #hashes = new Map<number, string>();

  note(index: number, hash: string): void {
    this.#hashes.set(index, hash);
    const [oldest] = this.#hashes.keys();
    if (this.#hashes.size > MAX_NOTED && oldest !== undefined) this.#hashes.delete(oldest);
  }

  /** undefined when the entry there is no checkpoint, or not applied yet, or its state is still being hashed, or forgotten. */
  at(index: number): string | undefined {
    return this.#hashes.get(index);
  }
}
