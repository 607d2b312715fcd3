/** What a run is, apart from its faults: how many nodes, which groups, what load. Drawn per seed. */

import { journal } from "../../consensus-nodes/machines/journal.ts";
import type { Machine } from "../../consensus-nodes/machines/machine.ts";
import { queue } from "../../consensus-nodes/machines/queue.ts";
import { transactions } from "../../consensus-nodes/machines/transactions.ts";
import type { SnapshotPolicy } from "../../consensus-nodes/replica/snapshots/snapshot-policy.ts";
import type { Random } from "../consensus/raft/harness/random.ts";
import { accounts } from "../consensus/two-phase-commit/bank/accounts.ts";
import { registers } from "./registers.ts";

/** Milliseconds. */
export const TICK = 20;
/** Shorter than in production (node/timing.ts): more elections per second of simulated time. */
export const TIMING = {
  tickMs: TICK,
  electionTicks: 10,
  heartbeatTicks: 3,
  hintTicks: 3,
  readTimeoutTicks: 15,
} as const;
/** What leases are told that clocks keep to, and what clocks keep to then: a tick is no shorter, no clock further off than this. */
export const LEASE = { driftPercent: 30 } as const;
export const SHORTEST_TICK = 0.85;
export const CLOCK_RATE = 0.1;

/** Milliseconds of simulated time in which faults happen. */
export const TROUBLE = 2500;

export type LoadKind = "registers" | "queue" | "journal" | "bank";

export interface Settings {
  /** That the groups are founded with. */
  readonly nodes: number;
  /** That may join later. */
  readonly spares: number;
  readonly loads: readonly LoadKind[];
  /** One group each. */
  readonly machines: readonly Machine[];
  /** Reads by lease. */
  readonly leases: boolean;
  readonly snapshots: SnapshotPolicy;
  /** Processes like the gateway; each holds one client of the core. */
  readonly clients: number;
  /** Per load and client. */
  readonly callers: number;
  /** Milliseconds between an answer and the next call of the same caller, on average. */
  readonly think: number;
  /** Milliseconds that a call may take. */
  readonly patience: number;
}

const BRANCHES = ["branch-0", "branch-1"];

const machinesOf: Readonly<Record<LoadKind, readonly Machine[]>> = {
  registers: [registers],
  queue: [queue],
  journal: [journal],
  bank: [transactions, ...BRANCHES.map((name) => accounts(name))],
};

export function drawSettings(random: Random): Settings {
  const kinds = ["registers", "registers", "queue", "journal", "bank", "bank"] as const;
  const loads = [...new Set<LoadKind>([random.pick(kinds), ...(random.chance(0.3) ? [random.pick(kinds)] : [])])];
  return {
    nodes: random.pick([3, 3, 5]),
    spares: random.pick([0, 1]),
    loads,
    machines: loads.flatMap((load) => machinesOf[load]),
    leases: random.chance(0.25),
    snapshots: {
      // Entries are small here: it is their number that counts.
      afterBytes: Number.MAX_SAFE_INTEGER,
      afterEntries: random.pick([4, 20, 60, 1000]),
      keepEntries: random.pick([0, 3, 20]),
    },
    clients: 2,
    callers: random.integer(1, 2),
    think: random.pick([10, 40, 40, 100]),
    patience: random.pick([300, 1000, 2500]),
  };
}
