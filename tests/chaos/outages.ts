/** For how long a client got nothing done: from its last success before to its first success after. */

export interface Gap {
  /** Milliseconds of a monotonic clock. */
  readonly from: number;
  readonly until: number;
}

/** Shorter ones are the ordinary pauses between two successes. */
const LEAST_MS = 100;

/** The gaps of one client. Bounded by the length of the run: there are ten in a second at most. */
export class Successes {
  readonly #gaps: Gap[] = [];
  #last: number | undefined;

  succeeded(now: number): void {
    if (this.#last !== undefined && now - this.#last >= LEAST_MS) this.#gaps.push({ from: this.#last, until: now });
    this.#last = now;
  }

  get last(): number | undefined {
    return this.#last;
  }

  /** Milliseconds: of the longest gap that lies at least partly within the two instants; 0 when there was none. */
  longest(from: number, until: number): number {
    const within = this.#gaps.filter((gap) => gap.until > from && gap.from < until);
    return Math.max(0, ...within.map((gap) => gap.until - gap.from));
  }
}

export interface Spread {
  readonly median: number;
  readonly p90: number;
  readonly worst: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p90: at(0.9), worst: sorted.at(-1) ?? 0 };
}
