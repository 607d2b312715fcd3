/**
 * Requests per second and their latency, of targets side by side. One runs at a time, so that nobody's heartbeats disturb
 * another; in each round every target is started anew, in another order, and the figures are medians over the rounds.
 *
 *     round 1:  ours    etcd    echo    redis        each block: 1, 16, 64, 256 connections
 *     round 2:  etcd    echo    redis   ours
 */
import { closedLoop, type LoadResult } from "./load/closed-loop.ts";
import { median } from "./median.ts";
import { rotate } from "./rotate.ts";
import type { Runtime, Target } from "./targets/target.ts";

/** Dropped from every load. */
const WARM_UP_MS = 1000;
/** Before the first load of a block: one connection alone would take minutes to warm a server's compilers and caches. */
const WARM_UP = { connections: 64, warmUpMs: 0, measureMs: 5_000 };

export interface LoadsPlan {
  readonly targets: readonly Target[];
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  /** The folder in which targets put their data. */
  readonly data: string;
}

/** One line of the table. */
export interface LoadsResult {
  readonly target: Target["kind"];
  readonly name: string;
  /** Of the functions, of ours. */
  readonly runtime?: Runtime;
  readonly nodes: number | null;
  readonly connections: number;
  /** Successes per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Summed over the rounds. */
  readonly errors: Readonly<Record<string, number>>;
  readonly rounds: readonly LoadResult[];
}

export interface Loads {
  readonly results: readonly LoadsResult[];
  /** Why a target was not measured, or not in all rounds. */
  readonly failures: readonly string[];
}

export async function measureLoads(plan: LoadsPlan, progress: (line: string) => void): Promise<Loads> {
  const loads = new Map<Target, Map<number, LoadResult[]>>(plan.targets.map((target) => [target, new Map()]));
  const failures: string[] = [];
  const failed = new Set<Target>();
  for (let round = 0; round < plan.rounds; round++) {
    for (const target of rotate(plan.targets, round)) {
      if (failed.has(target)) continue;
      const label = `round ${round + 1}/${plan.rounds}  ${describe(target)}`;
      try {
        await runBlock(target, plan, (connections, result) => {
          const results = loads.get(target)?.get(connections) ?? [];
          loads.get(target)?.set(connections, [...results, result]);
          progress(
            `${label}  ${connections} connections: ${Math.round(result.rate)}/s${describeErrors(result.errors)}`,
          );
        });
      } catch (error) {
        // Once is enough: a target that fails would fail again, after the same wait.
        failed.add(target);
        failures.push(`${label}: ${error instanceof Error ? error.message : String(error)}`);
        progress(`${label}  not measured`);
      }
    }
  }
  const results = plan.targets.flatMap((target) =>
    [...(loads.get(target) ?? [])].map(([connections, rounds]) => summarize(target, connections, rounds)),
  );
  return { results, failures };
}

async function runBlock(
  target: Target,
  plan: LoadsPlan,
  measured: (connections: number, result: LoadResult) => void,
): Promise<void> {
  const running = await target.start(plan.data);
  try {
    const warm = await running.load();
    await closedLoop(warm.port, warm.protocol, WARM_UP);
    for (const connections of plan.connections) {
      const { port, protocol } = await running.load();
      measured(
        connections,
        await closedLoop(port, protocol, { connections, warmUpMs: WARM_UP_MS, measureMs: plan.seconds * 1000 }),
      );
    }
  } finally {
    await running.end();
  }
}

function summarize(target: Target, connections: number, rounds: readonly LoadResult[]): LoadsResult {
  const errors: Record<string, number> = {};
  for (const round of rounds) {
    for (const [what, count] of Object.entries(round.errors)) errors[what] = (errors[what] ?? 0) + count;
  }
  return {
    target: target.kind,
    name: target.name,
    ...(target.runtime !== undefined && { runtime: target.runtime }),
    nodes: target.nodes,
    connections,
    rate: median(rounds.map(({ rate }) => rate)),
    p50: median(rounds.map(({ p50 }) => p50)),
    p95: median(rounds.map(({ p95 }) => p95)),
    p99: median(rounds.map(({ p99 }) => p99)),
    errors,
    rounds,
  };
}

export function describe({ name, nodes }: Pick<Target, "name" | "nodes">): string {
  return nodes === null ? name : `${name}, ${nodes} nodes`;
}

export function describeErrors(errors: Readonly<Record<string, number>>): string {
  return Object.entries(errors)
    .map(([what, count]) => `  ${count} × ${what}`)
    .join("");
}
