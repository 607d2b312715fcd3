/**
 * Which faults a run has, and how many: drawn per seed, each kind absent from half of the runs, for a mix of everything at once
 * hides what only one of them shows.
 */
import type { NodeId } from "../../../../consensus-nodes/raft/message.ts";
import { TICK } from "./cluster.ts";
import type { Weather } from "./network.ts";
import type { Random } from "./random.ts";

/** Times are in ticks, and, for what recurs, the average from one to the next: Infinity for never. */
export interface FaultMix {
  readonly members: readonly NodeId[];
  /** Of the members, those that found the group. */
  readonly founders: readonly NodeId[];
  readonly weather: Weather;
  /** In units of time. */
  readonly slowestSync: number;
  /** In units of time per tick: the fastest clock and the slowest. */
  readonly fastestClock: number;
  readonly slowestClock: number;
  /** With one, clocks differ by no more than it allows for. */
  readonly lease: { readonly driftPercent: number } | undefined;
  readonly crashes: number;
  readonly pauses: number;
  readonly cuts: number;
  /** How long a crash, a pause or a cut lasts at most. */
  readonly outage: number;
  /** Probability that it is a leader that suffers. */
  readonly leaders: number;
  /** Probability that a new leader suffers before it got anywhere: so are logs made that differ. */
  readonly ambushes: number;
  readonly snapshots: number;
  /** Of the entries that a snapshot covers, so many at most stay in the log. */
  readonly kept: number;
  readonly transfers: number;
  /** Of who is a member, and a voter. */
  readonly changes: number;
  readonly writes: number;
  readonly reads: number;
  /** Probability that an entry is so large that it fills a message. */
  readonly large: number;
  /** Probability that members notice at once that another one is gone. */
  readonly hints: number;
}

export function drawFaultMix(random: Random): FaultMix {
  const sometimes = <T>(fault: () => T, otherwise: T): T => (random.chance(0.5) ? fault() : otherwise);
  const every = (from: number, to: number) => sometimes(() => random.integer(from, to), Number.POSITIVE_INFINITY);
  const size = random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 5, 7]);
  // 0.8 of a tick is to 1.2 of a tick as 67 to 100.
  const lease = sometimes(() => ({ driftPercent: 34 }), undefined);
  const spares = sometimes(() => random.integer(1, 3), 0);
  const members = Array.from({ length: size + spares }, (_, id) => id);
  return {
    members,
    founders: members.slice(0, size),
    weather: {
      loss: sometimes(() => random.next() * random.pick([0.05, 0.3]), 0),
      duplication: sometimes(() => random.next() * 0.3, 0),
      minDelay: 1,
      maxDelay: random.integer(1, random.pick([1, TICK, 4 * TICK, 15 * TICK])),
    },
    slowestSync: random.integer(0, random.pick([0, TICK, 4 * TICK, 15 * TICK])),
    fastestClock: sometimes(() => random.integer(lease === undefined ? 0.5 * TICK : 0.8 * TICK, TICK), TICK),
    slowestClock: sometimes(() => random.integer(TICK, lease === undefined ? 2 * TICK : 1.2 * TICK), TICK),
    lease,
    crashes: every(5, 100),
    pauses: every(10, 100),
    cuts: every(5, 100),
    outage: random.integer(1, 60),
    leaders: random.next(),
    ambushes: sometimes(() => random.next(), 0),
    snapshots: every(3, 40),
    kept: random.integer(0, random.pick([0, 5, 50])),
    transfers: every(10, 100),
    changes: every(2, 40),
    writes: random.integer(1, 10),
    reads: random.integer(1, 10),
    large: sometimes(() => random.next(), 0),
    hints: sometimes(() => random.next(), 0),
  };
}
