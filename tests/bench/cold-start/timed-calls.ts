import { median } from "../median.ts";
import type { FirstCall } from "./cold-start.ts";

const LATER_CALLS = 20;

/** Calls once, and then some times more. */
export async function timedCalls(call: () => Promise<void>): Promise<FirstCall> {
  const first = await timed(call);
  const later: number[] = [];
  for (let count = 0; count < LATER_CALLS; count++) later.push(await timed(call));
  return { first, later: median(later) };
}

async function timed(call: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}
