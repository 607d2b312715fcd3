/**
 * The first call of a function in `workerd`, three ways: of each function after `tutti up --runtime workerd` said that it is
 * ready, by the gateway; of one that was just reloaded, by a gateway; and of one that no process has loaded yet, which its
 * call has to wait for. Isolates are loaded before they are served, so that no user's request meets the third.
 */
import { calledFirst } from "./called-first.ts";
import { loadedByCall } from "./loaded-by-call.ts";
import { reloaded } from "./reloaded.ts";

/** Of reloads and of loads, in each round. */
const PER_ROUND = 5;

export interface ColdStartPlan {
  readonly rounds: number;
  /** The folder in which the stack puts its data. */
  readonly data: string;
}

/** Milliseconds. */
export interface FirstCall {
  readonly first: number;
  /** The median of the calls after it. */
  readonly later: number;
}

export interface ColdStart {
  /** By function: one per round. */
  readonly started: Readonly<Record<string, readonly FirstCall[]>>;
  readonly reloaded: readonly FirstCall[];
  /** Milliseconds that the reloads took, both bundles and the loading of the isolate included. */
  readonly reloads: readonly number[];
  readonly loadedByCall: readonly FirstCall[];
}

/** @throws {Error} when a stack, or workerd, does not come up */
export async function measureColdStart(
  { rounds, data }: ColdStartPlan,
  progress: (line: string) => void,
): Promise<ColdStart> {
  const started: Record<string, FirstCall[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of Object.entries(await calledFirst(data))) {
      started[name] = [...(started[name] ?? []), call];
      progress(`cold-start  round ${round + 1}/${rounds}  ${name}: ${describe(call)}`);
    }
  }
  const { calls, reloads } = await reloaded(rounds * PER_ROUND);
  for (const call of calls) progress(`cold-start  reloaded: ${describe(call)}`);
  const loads = await loadedByCall(rounds * PER_ROUND);
  for (const call of loads) progress(`cold-start  loaded by its first call: ${describe(call)}`);
  return { started, reloaded: calls, reloads, loadedByCall: loads };
}

function describe({ first, later }: FirstCall): string {
  return `${first.toFixed(1)} ms, later ones ${later.toFixed(1)} ms`;
}
