/**
 * One blow at the leader while clients write, and what it cost them.
 *
 *     |-- rate is steady, some time at random --|-- blow ... all well, rate back --|
 *                terms must stay                     outages: gaps between successes
 */
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../stack/until.ts";
import { Newcomers } from "../load/newcomers.ts";
import { Writers } from "../load/writers.ts";
import { median } from "../median.ts";
import type { FailoverCluster, Group, Survey } from "./failover-target.ts";
import { longestGap } from "./longest-gap.ts";

const CLIENTS = 8;
/** Long enough for a client of etcd whose put was on its way to the leader: the member that took it gives it up after 7 s. */
const WELL_WITHIN_MS = 60_000;
/** At least, of load before the blow: what was started anew has to warm up. */
const STEADY_MS = 1_500;
/** At random on top, so that the blow meets every phase of the heartbeats. */
const RANDOM_MS = 500;
/** Writes per second before a blow: below, nothing could be told of it. */
const LEAST_RATE = 100;
/** Of the rate before the blow that counts as having recovered. */
const RATE_SHARE = 0.5;

export type Blow = "kill" | "stop";

export interface Trial {
  readonly blow: Blow;
  /** ISO 8601, of the blow. */
  readonly time: string;
  readonly node: number;
  /** Milliseconds without a success: of the client that waited longest. */
  readonly longest: number;
  /** Of the client in the middle. */
  readonly middle: number;
  /** Of all clients and newcomers taken together: nobody's write succeeded. */
  readonly nobody: number;
  /** Milliseconds until all nodes were up and well, and the rate was back. */
  readonly recovery: number;
  /** Elections that it took, in the group that is written to: more than one when votes were split. */
  readonly elections: number;
  /** Writes per second before. */
  readonly rate: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** Elections in groups whose leader nobody had touched: there should be none. */
export interface Calm {
  readonly seconds: number;
  readonly elections: number;
}

export interface TrialResult {
  readonly trial: Trial;
  readonly calm: Calm;
  /** The cluster as it was left, well, and when. */
  readonly after: Survey;
  readonly ended: number;
}

/** @throws {Error} when the cluster does not get well, or the blow did not show. */
export async function tryBlow(
  cluster: FailoverCluster,
  blow: Blow,
  previous: Pick<TrialResult, "after" | "ended"> | undefined,
): Promise<TrialResult> {
  const well = () => until("all nodes are up and agree", WELL_WITHIN_MS, () => cluster.survey());
  const first = await well();
  const begun = performance.now();
  const doors = cluster.doors(first.written.leader);
  const writers = new Writers(CLIENTS, doors);
  const newcomers = new Newcomers(doors);
  try {
    await until("the rate is steady", WELL_WITHIN_MS, () => {
      return performance.now() - begun > STEADY_MS && writers.rateNow >= LEAST_RATE;
    });
    await sleep(Math.random() * RANDOM_MS);
    const before = await well();
    const { name: written, leader } = before.written;
    if (leader !== first.written.leader) throw new Error("the lead changed although nobody touched the leader");
    const rate = writers.rateNow;

    const time = new Date().toISOString();
    const at = performance.now();
    await cluster[blow](leader);
    const after = await until(`all nodes are up and agree after a ${blow}`, WELL_WITHIN_MS, async () => {
      const survey = await cluster.survey();
      return survey !== undefined && elections(before, survey, ({ name }) => name === written) > 0 && survey;
    });
    const healthy = performance.now();
    await until(`the rate is back after a ${blow}`, WELL_WITHIN_MS, () => {
      return writers.allSince(healthy) && writers.rateNow >= rate * RATE_SHARE;
    });

    const ended = performance.now();
    const gaps = writers.times.map((times) => longestGap(times, at, ended));
    const everyone = [...writers.times.flat(), ...newcomers.times].sort((a, b) => a - b);
    const calmBefore = previous === undefined ? 0 : elections(previous.after, before);
    return {
      trial: {
        blow,
        time,
        node: leader,
        longest: Math.max(...gaps),
        middle: median(gaps),
        nobody: longestGap(everyone, at, ended),
        recovery: ended - at,
        elections: elections(before, after, ({ name }) => name === written),
        rate,
        errors: writers.errors,
      },
      calm: {
        seconds: (at - (previous?.ended ?? begun)) / 1000,
        elections: calmBefore + elections(before, after, (group) => group.leader !== leader),
      },
      after,
      ended,
    };
  } finally {
    writers.close();
    newcomers.close();
  }
}

/** How far the terms of groups went on. @param counts those that are looked at, as they were before */
function elections(before: Survey, after: Survey, counts: (group: Group) => boolean = () => true): number {
  return before.groups.filter(counts).reduce((sum, { name, term }) => {
    const now = after.groups.find((group) => group.name === name)?.term ?? term;
    return sum + now - term;
  }, 0);
}
