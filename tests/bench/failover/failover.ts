/**
 * What the loss of a leader costs clients, ours and etcd's in turn, each block on a cluster that is started anew: what disturbs
 * one disturbs both, and nobody's heartbeats disturb another.
 *
 *     ours: kill × 10, stop × 3    etcd: kill × 10, stop × 3    ours: …
 */
import { etcd } from "./etcd-failover.ts";
import type { FailoverTarget } from "./failover-target.ts";
import { ours } from "./our-cluster.ts";
import { type Spread, spread } from "./spread.ts";
import { type Blow, type Calm, type Trial, type TrialResult, tryBlow } from "./trial.ts";

const KILLS_PER_BLOCK = 10;
/** A stop takes as long as a kill, and differs less from one time to the next. */
const KILLS_PER_STOP = 3;

export interface FailoverPlan {
  readonly kills: number;
  /** The folder in which clusters put their data. */
  readonly data: string;
}

/** One line of the table. */
export interface FailoverResult {
  readonly name: string;
  readonly blow: Blow;
  readonly trials: readonly Trial[];
  /** Milliseconds. */
  readonly longest: Spread;
  readonly middle: Spread;
  readonly nobody: Spread;
  readonly recovery: Spread;
  /** Trials that took more than one election. */
  readonly repeated: number;
}

export interface Failover {
  readonly results: readonly FailoverResult[];
  /** By name: between the blows, and in groups that had no part in them. */
  readonly calm: Readonly<Record<string, Calm>>;
  readonly failures: readonly string[];
}

export async function measureFailover(plan: FailoverPlan, progress: (line: string) => void): Promise<Failover> {
  const missing = [ours, etcd].flatMap((target) => target.missing() ?? []);
  for (const line of missing) progress(`failover: ${line}`);
  const targets = [ours, etcd].filter((target) => target.missing() === undefined);
  const measured = new Map(targets.map((target) => [target, [] as TrialResult[]]));
  const failures: string[] = [];
  for (const blows of blocks(plan.kills)) {
    for (const [target, results] of measured) {
      try {
        await runBlock(target, plan.data, blows, (result) => {
          results.push(result);
          progress(`failover  ${describe(target, result, plan.kills, results)}`);
        });
      } catch (error) {
        failures.push(`failover, ${target.name}: ${error instanceof Error ? error.message : String(error)}`);
        progress(failures.at(-1) ?? "");
      }
    }
  }
  const calm = Object.fromEntries([...measured].map(([{ name }, results]) => [name, sum(results)]));
  const results = (["kill", "stop"] as const).flatMap((blow) =>
    [...measured].map(([{ name }, results]) => summarize(name, blow, results)),
  );
  return { results: results.filter(({ trials }) => trials.length > 0), calm, failures };
}

/** @returns the blows of each block */
function blocks(kills: number): Blow[][] {
  const stops = Math.ceil(kills / KILLS_PER_STOP);
  const count = Math.ceil(kills / KILLS_PER_BLOCK);
  return Array.from({ length: count }, (_, block) => [
    ...Array<Blow>(share(kills, block, count)).fill("kill"),
    ...Array<Blow>(share(stops, block, count)).fill("stop"),
  ]);
}

/** Of `all`, dealt out as evenly as can be. */
function share(all: number, block: number, count: number): number {
  return Math.floor((all * (block + 1)) / count) - Math.floor((all * block) / count);
}

async function runBlock(
  target: FailoverTarget,
  data: string,
  blows: readonly Blow[],
  measured: (result: TrialResult) => void,
): Promise<void> {
  const cluster = await target.start(data);
  try {
    let previous: TrialResult | undefined;
    for (const blow of blows) {
      previous = await tryBlow(cluster, blow, previous);
      measured(previous);
    }
  } finally {
    await cluster.end();
  }
}

function describe(
  { name }: FailoverTarget,
  { trial: { blow, time, node, longest, middle, nobody, recovery, elections, rate, errors } }: TrialResult,
  kills: number,
  results: readonly TrialResult[],
): string {
  const number = results.filter(({ trial }) => trial.blow === blow).length;
  const of = blow === "kill" ? kills : Math.ceil(kills / KILLS_PER_STOP);
  const [a, b, c] = [longest, middle, nobody].map((milliseconds) => milliseconds.toFixed(0));
  const others = Object.entries(errors).map(([what, count]) => `, ${count} × ${what}`);
  return (
    `${name}, ${blow} ${number}/${of} of ${node} at ${time.slice(11, 23)}: longest ${a} ms, middle ${b} ms, nobody ${c} ms; ` +
    `${elections} election${elections === 1 ? "" : "s"}, well after ${(recovery / 1000).toFixed(1)} s, ` +
    `${Math.round(rate)}/s before${others.join("")}`
  );
}

function summarize(name: string, blow: Blow, all: readonly TrialResult[]): FailoverResult {
  const trials = all.map(({ trial }) => trial).filter((trial) => trial.blow === blow);
  return {
    name,
    blow,
    trials,
    longest: spread(trials.map(({ longest }) => longest)),
    middle: spread(trials.map(({ middle }) => middle)),
    nobody: spread(trials.map(({ nobody }) => nobody)),
    recovery: spread(trials.map(({ recovery }) => recovery)),
    repeated: trials.filter(({ elections }) => elections > 1).length,
  };
}

function sum(results: readonly TrialResult[]): Calm {
  return {
    seconds: results.reduce((sum, { calm }) => sum + calm.seconds, 0),
    elections: results.reduce((sum, { calm }) => sum + calm.elections, 0),
  };
}
