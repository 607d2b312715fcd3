/** Clients that write in closed loops, for as long as an answer takes: no time-out of theirs caps an outage. */
import { Connection } from "./connection.ts";
import type { Protocol } from "./protocol.ts";

/** Over which a rate is told. */
const RATE_WINDOW_MS = 1_000;

export class Writers {
  readonly #connections: readonly Connection[];
  /** By performance.now(), of each client's successes. Bounded by the length of a trial. */
  readonly times: readonly number[][];
  /** How often something else happened, by what it was. */
  readonly errors: Record<string, number> = {};

  /** @param doors taken in turn */
  constructor(count: number, doors: readonly { readonly port: number; readonly protocol: Protocol }[]) {
    this.times = Array.from({ length: count }, () => []);
    this.#connections = this.times.flatMap((times, client) => {
      const door = doors[client % doors.length];
      if (door === undefined) return [];
      const succeeded = () => times.push(performance.now());
      return new Connection(door.port, door.protocol, { succeeded, failed: (what) => this.#failed(what) });
    });
  }

  /** Successes of all clients per second, between two times. */
  rate(from: number, until: number): number {
    const successes = this.times.reduce((sum, times) => sum + countBetween(times, from, until), 0);
    return successes / ((until - from) / 1000);
  }

  /** Over the last second. */
  get rateNow(): number {
    const now = performance.now();
    return this.rate(now - RATE_WINDOW_MS, now);
  }

  /** Each has had a success since. */
  allSince(time: number): boolean {
    return this.times.every((times) => (times.at(-1) ?? 0) > time);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #failed(what: string): void {
    this.errors[what] = (this.errors[what] ?? 0) + 1;
  }
}

function countBetween(times: readonly number[], from: number, until: number): number {
  return lowerBound(times, until) - lowerBound(times, from);
}

/** How many are less than `bound`. */
function lowerBound(sorted: readonly number[], bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? bound) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
