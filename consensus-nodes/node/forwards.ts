/** Batches that were passed on to the leader and not answered yet. */
import type { BatchOutcome } from "../wire/batch.ts";

/** Forwards under way at most, per group. */
const MAX_FORWARDS = 4096;
/** A forward that is not answered by then has an unknown outcome: the leader may have died with it. */
const TIMEOUT_MS = 2000;

interface Forward {
  readonly reply: (outcome: BatchOutcome) => void;
  readonly leader: number;
  /** Milliseconds, monotonic. */
  readonly expiry: number;
}

export class Forwards {
  readonly #waiting = new Map<number, Forward>();
  #context: number;

  /** @param epoch another at each start, so that an answer to an earlier life matches nothing. */
  constructor(epoch: number) {
    this.#context = epoch * 2 ** 21;
  }

  get empty(): boolean {
    return this.#waiting.size === 0;
  }

  /** @returns the context under which the answer will come; undefined when there are too many under way. */
  add(leader: number, now: number, reply: (outcome: BatchOutcome) => void): number | undefined {
    if (this.#waiting.size >= MAX_FORWARDS) return undefined;
    this.#context += 1;
    this.#waiting.set(this.#context, { reply, leader, expiry: now + TIMEOUT_MS });
    return this.#context;
  }

  answered(context: number, outcome: BatchOutcome): void {
    const forward = this.#waiting.get(context);
    this.#waiting.delete(context);
    forward?.reply(outcome);
  }

  expire(now: number): void {
    for (const [context, { expiry }] of this.#waiting) {
      if (expiry > now) break;
      this.#undecided(context, "the leader did not answer in time");
    }
  }

  disconnected(node: number): void {
    for (const [context, { leader }] of this.#waiting) {
      if (leader === node) this.#undecided(context, "the connection to the leader broke");
    }
  }

  #undecided(context: number, message: string): void {
    this.answered(context, { ok: false, refusal: "Undecided", leader: null, message });
  }
}
