/** All that `npm run bench` measures, in the order of a run: how, and under which heading it is told. */
import { measureColdStart } from "./cold-start/cold-start.ts";
import { coldStartTable } from "./cold-start/cold-start-table.ts";
import { measureFailover } from "./failover/failover.ts";
import { failoverTable } from "./failover/failover-table.ts";
import { measureIdle } from "./idle/idle.ts";
import { idleTable } from "./idle/idle-table.ts";
import { measureJoin } from "./join/join.ts";
import { joinTable } from "./join/join-table.ts";
import { type LoadsResult, measureLoads } from "./loads.ts";
import { loadsTable } from "./loads-table.ts";
import type { Measured } from "./measured.ts";
import { measureMemory } from "./memory/memory.ts";
import { memoryTable } from "./memory/memory-table.ts";
import type { Kind, Options } from "./options.ts";
import { measureQueueSize } from "./queue/queue-size.ts";
import { queueSizeTable } from "./queue/queue-size-table.ts";
import { measureRestart } from "./restart/restart.ts";
import { restartTable } from "./restart/restart-table.ts";
import { measureStart } from "./start/start.ts";
import { startTable } from "./start/start-table.ts";
import { echo } from "./targets/echo.ts";
import { etcd } from "./targets/etcd.ts";
import { ours } from "./targets/ours.ts";
import { etcdReads, ourReads } from "./targets/reads.ts";
import { redis } from "./targets/redis.ts";
import { listSeats, makeReservations } from "./targets/seats.ts";
import { TARGETS, type Target } from "./targets/target.ts";
import { measureTransactions } from "./transactions.ts";
import { transactionsTable } from "./transactions-table.ts";

/** What the figures about seats are asked for. */
const SEAT_CONNECTIONS = [50, 100, 200];

type Progress = (line: string) => void;

export interface Outcome {
  readonly measured: Measured;
  /** For people; undefined when there is nothing to tell. */
  readonly text?: string;
  /** Why some of it is missing. */
  readonly failures?: readonly string[];
}

export interface Measure {
  /** Names of which one suffices in `--only`. */
  readonly kinds: readonly Kind[];
  /** @throws {Error} when nothing came of it */
  readonly run: (options: Options, progress: Progress) => Promise<Outcome>;
}

export const measures: readonly Measure[] = [
  {
    kinds: TARGETS,
    run: async (options, progress) => {
      const { nodes, runtime, only } = options;
      const all = [
        ...nodes.flatMap((count) => [...runtime.map((name) => ours(count, name)), etcd(count)]),
        echo,
        redis,
      ];
      const chosen = all.filter(({ kind }) => only.includes(kind));
      return loads("Adds", "adds", chosen, options, progress, (adds) => ({ adds }));
    },
  },
  {
    kinds: ["reads"],
    run: (options, progress) => {
      const targets = options.nodes.flatMap((count) => [ourReads(count), etcdReads(count)]);
      return loads("Linearizable reads of one track", "reads", targets, options, progress, (reads) => ({ reads }));
    },
  },
  measure(
    "transactions",
    "Transactions by the core client, without the gateway; five nodes",
    measureTransactions,
    transactionsTable,
    (transactions) => ({ transactions }),
  ),
  {
    kinds: ["failover"],
    run: async (options, progress) => {
      const failover = await measureFailover(options, progress);
      const title = "A leader is lost while 8 clients write by the gateway; three nodes";
      return { measured: { failover }, text: `${title}\n\n${failoverTable(failover)}`, failures: failover.failures };
    },
  },
  measure(
    "join",
    "A node joins while 16 clients write by the gateway; three nodes, then four",
    measureJoin,
    joinTable,
    (join) => ({ join }),
  ),
  measure(
    "restart",
    "A node that was killed starts again on a long log; three nodes",
    measureRestart,
    restartTable,
    (restart) => ({ restart }),
  ),
  measure(
    "queue",
    "Adds and votes in a long queue and in a short one, by the core client; three nodes",
    measureQueueSize,
    queueSizeTable,
    (queue) => ({ queue }),
  ),
  {
    kinds: ["seats"],
    run: (options, progress) => {
      const plan = { ...options, connections: SEAT_CONNECTIONS };
      const title = "Library seats by the gateway, with the seats and students of --demo";
      return loads(title, "requests", [listSeats, makeReservations], plan, progress, (seats) => ({ seats }));
    },
  },
  measure("memory", "Memory of a node with 100,000 tracks", measureMemory, memoryTable, (memory) => ({ memory })),
  measure("idle", "Nobody asks anything", measureIdle, idleTable, (idle) => ({ idle })),
  measure("start", "From npm start to ready; five nodes", measureStart, startTable, (start) => ({ start })),
  measure("cold-start", "The first call of a function in workerd", measureColdStart, coldStartTable, (coldStart) => ({
    coldStart,
  })),
];

function measure<Figures>(
  kind: Kind,
  title: string,
  run: (options: Options, progress: Progress) => Promise<Figures>,
  table: (figures: Figures) => string,
  measured: (figures: Figures) => Measured,
): Measure {
  return {
    kinds: [kind],
    run: async (options, progress) => {
      const figures = await run(options, progress);
      return { measured: measured(figures), text: `${title}\n\n${table(figures)}` };
    },
  };
}

/** @param what the requests are, as in "adds" */
async function loads(
  title: string,
  what: string,
  chosen: readonly Target[],
  options: Options,
  progress: Progress,
  measured: (results: readonly LoadsResult[]) => Measured,
): Promise<Outcome> {
  const targets = chosen.filter((target) => target.missing() === undefined);
  for (const line of new Set(chosen.flatMap((target) => target.missing() ?? []))) progress(`Skipped: ${line}.`);
  const { results, failures } = await measureLoads({ ...options, targets }, progress);
  if (results.length === 0) return { measured: {}, failures };
  return { measured: measured(results), text: `${title}\n\n${loadsTable(results, what)}`, failures };
}
