/**
 * Linearizable reads without a log entry (dissertation, section 6.4). A read is answered from a state that has applied the
 * commit index of the moment the read arrived at a leader, once a majority has confirmed, after that moment, that the
 * leader still led:
 *
 *     reads r1 r2   r3 r4 r5            one round at a time; what arrives during a round
 *     round    |--1--|---2---|          waits for the next, and shares it
 */
/** A read is told by who asked and a number that the asker never uses twice. */
export interface PendingRead {
  readonly from: number;
  readonly context: number;
}

export interface ConfirmedRead extends PendingRead {
  readonly index: number;
}

/** Reads a leader holds at most; beyond that it refuses. */
export const MAX_PENDING_READS = 10_000;

export class ReadIndex {
  /** Number of the round begun last. Repeated by all AppendEntries, echoed by their replies. */
  round = 0;
  #waiting: PendingRead[] = [];
  #inRound: PendingRead[] = [];
  /** The round of #inRound, and the commit index when it began. */
  #readRound = 0;
  #index = 0;

  /** False when there are too many already. */
  add(read: PendingRead): boolean {
    if (this.#waiting.length + this.#inRound.length >= MAX_PENDING_READS) return false;
    this.#waiting.push(read);
    return true;
  }

  /** Begins a round when reads wait and none is running; the caller then owes every follower a message. */
  begin(commit: number): void {
    if (this.#waiting.length === 0 || this.#inRound.length > 0) return;
    this.#readRound = this.next();
    this.#inRound = this.#waiting;
    this.#waiting = [];
    this.#index = commit;
  }

  /** Begins a round for no read in particular. @returns its number */
  next(): number {
    this.round += 1;
    return this.round;
  }

  /** @param reached the last round that a majority of the voters has confirmed. */
  confirmed(reached: number): readonly ConfirmedRead[] {
    if (this.#inRound.length === 0 || reached < this.#readRound) return [];
    const index = this.#index;
    const confirmed = this.#inRound.map((read) => ({ ...read, index }));
    this.#inRound = [];
    return confirmed;
  }

  /** The leader stepped down: nothing can be confirmed any more. */
  abandon(): readonly PendingRead[] {
    const abandoned = [...this.#inRound, ...this.#waiting];
    this.#inRound = [];
    this.#waiting = [];
    return abandoned;
  }
}
