/**
 * What the algorithm must know of a log: each entry's term, as runs, and its size. The entries themselves stay with the driver.
 *
 *     index  1 2 3 4 5 6      runs  {index 1, term 1} {index 4, term 3}
 *     term   1 1 1 3 3 3
 */
import { invariant } from "./invariant.ts";

/** Counted for an entry beside its data: a million empty ones are not one message. */
export const ENTRY_OVERHEAD_BYTES = 64;

export interface TermRun {
  /** First index of the run. */
  readonly index: number;
  readonly term: number;
}

export class LogTerms {
  /** Indexes and terms strictly increase. runs[0] is the base: index and term of the entry before the first, {0, 0} for a whole log. */
  readonly #runs: TermRun[];
  /** Bytes of data of entry `base + 1 + i`. */
  readonly #sizes: number[];

  constructor(base: TermRun, runs: readonly TermRun[], sizes: Iterable<number>) {
    this.#runs = [base];
    this.#sizes = [...sizes];
    for (const run of runs) {
      const last = this.#lastRun();
      invariant(
        run.index > last.index && run.term >= last.term,
        () => `term runs must ascend, found ${JSON.stringify([last, run])}`,
      );
      if (run.term > last.term) this.#runs.push(run);
    }
    invariant(this.#lastRun().index <= this.lastIndex, () => "a term run begins beyond the log");
  }

  get base(): TermRun {
    const base = this.#runs[0];
    invariant(base !== undefined, () => "a log has a base");
    return base;
  }

  get lastIndex(): number {
    return this.base.index + this.#sizes.length;
  }

  get lastTerm(): number {
    return this.#lastRun().term;
  }

  /** @returns undefined before the base and beyond the last entry. */
  term(index: number): number | undefined {
    if (index < this.base.index || index > this.lastIndex) return undefined;
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      const run = this.#runs[i];
      if (run !== undefined && run.index <= index) return run.term;
    }
    return undefined;
  }

  /** The first index of the run of terms that `index` is in; never below the first entry. */
  firstOfTermAt(index: number): number {
    const run = this.#runs.findLast((candidate) => candidate.index <= index);
    return Math.max(run?.index ?? 0, this.base.index + 1);
  }

  /** The last index whose term is <= `term`: where a leader may look next after a refusal. */
  lastNotAfterTerm(term: number): number {
    const next = this.#runs.find((run) => run.term > term);
    return next === undefined ? this.lastIndex : next.index - 1;
  }

  /** The last index <= `last` such that the entries `first..` stay within `bytes`; at least `first`. */
  fitting(first: number, last: number, bytes: number): { last: number; bytes: number } {
    let sum = 0;
    let index = first;
    for (; index <= last; index++) {
      const size = this.size(index) + ENTRY_OVERHEAD_BYTES;
      if (index > first && sum + size > bytes) break;
      sum += size;
    }
    return { last: index - 1, bytes: sum };
  }

  /** Bytes of data of an entry. */
  size(index: number): number {
    return this.#sizes[index - this.base.index - 1] ?? 0;
  }

  append(term: number, size: number): number {
    const last = this.#lastRun();
    invariant(term >= last.term, () => `terms never go back along a log: last ${last.term}, new ${term}`);
    this.#sizes.push(size);
    if (term > last.term) this.#runs.push({ index: this.lastIndex, term });
    return this.lastIndex;
  }

  /** Drops `index` and all after it. */
  truncateFrom(index: number): void {
    invariant(index > this.base.index, () => `cannot truncate at ${index}: the log begins after ${this.base.index}`);
    this.#sizes.length = Math.min(this.#sizes.length, index - this.base.index - 1);
    while (this.#runs.length > 1 && this.#lastRun().index >= index) this.#runs.pop();
  }

  /** Forgets what comes up to `index`. */
  compact(index: number): void {
    const term = this.term(index);
    invariant(
      term !== undefined,
      () => `cannot compact to ${index}: the log is ${this.base.index} to ${this.lastIndex}`,
    );
    this.#sizes.splice(0, index - this.base.index);
    const later = this.#runs.filter((run) => run.index > index);
    this.#runs.splice(0, this.#runs.length, { index, term }, ...later);
  }

  /** Forgets all. The next entry follows `base`. */
  restart(base: TermRun): void {
    this.#sizes.length = 0;
    this.#runs.splice(0, this.#runs.length, base);
  }

  #lastRun(): TermRun {
    const run = this.#runs.at(-1);
    invariant(run !== undefined, () => "a log has a base");
    return run;
  }
}
