import { median } from "../median.ts";

export interface Spread {
  readonly median: number;
  /** Nine in ten are no more than this. */
  readonly p90: number;
  readonly worst: number;
}

/** NaN of nothing. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const p90 = sorted[Math.ceil(sorted.length * 0.9) - 1] ?? Number.NaN;
  return { median: median(sorted), p90, worst: sorted.at(-1) ?? Number.NaN };
}
