/** Calls by the core client, as a handler makes them: so many callers, each with one call outstanding. */
import type { Core } from "../../consensus-nodes/client/core.ts";
import { median } from "./median.ts";

export interface Figures {
  /** Per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** @param worker who calls, from 0 on: so that none waits for another's lock. */
export type Call = (core: Core, worker: number) => Promise<void>;

export async function callFor(core: Core, call: Call, atATime: number, milliseconds: number): Promise<Figures> {
  const latencies: number[] = [];
  const start = performance.now();
  const work = async (worker: number) => {
    while (performance.now() - start < milliseconds) {
      const begun = performance.now();
      await call(core, worker);
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: atATime }, (_, worker) => work(worker)));
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { rate: (latencies.length / (performance.now() - start)) * 1000, p50: at(0.5), p99: at(0.99) };
}

/** The median of each figure. */
export function medianFigures(rounds: readonly Figures[]): Figures {
  return {
    rate: median(rounds.map(({ rate }) => rate)),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
  };
}

export function divideFigures(a: Figures, b: Figures): Figures {
  return { rate: a.rate / b.rate, p50: a.p50 / b.p50, p99: a.p99 / b.p99 };
}
