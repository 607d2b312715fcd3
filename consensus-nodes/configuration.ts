/** What a node process is told at its start: `node <options of V8> consensus-nodes/main.ts '<one JSON object>'`. */
import * as z from "zod";
import { DEFAULT_POLICY } from "./replica/snapshots/snapshot-policy.ts";

export const NodeConfiguration = z.object({
  id: z.int().min(0).max(4094),
  /** Names the cluster. Nodes of different clusters refuse each other. */
  cluster: z.string().min(1).max(64),
  host: z.string().default("127.0.0.1"),
  port: z.int().min(1).max(65535),
  /** All voters of every group, this one included. */
  nodes: z.array(z.object({ id: z.int().min(0), address: z.string() })).min(1),
  /** Holds all that the node must not forget. */
  data: z.string().min(1),
  /** The node's log file. */
  log: z.string().min(1),
  /** True only while the cluster is being made: an empty data folder is then a new member's, not a loss. */
  found: z.boolean().default(false),
  /** The node comes to a cluster that is there: with an empty data folder it waits until a leader tells it of its groups. */
  join: z.boolean().default(false),
  rpcLog: z.enum(["all", "changes", "off"]).default("all"),
  /** How the node votes when it has nothing but its vote at stake (contracts: DEFAULT_VOTE, ABORT_TRANSACTIONS). */
  vote: z
    .object({ abortAll: z.boolean().default(false), abort: z.array(z.string()).default([]) })
    .default({ abortAll: false, abort: [] }),
  /** Extra doors to services that stand on `port` too; one that is taken is done without. */
  doors: z.object({ vote: z.int().optional(), decision: z.int().optional(), control: z.int().optional() }).default({}),
  /** When snapshots are taken, and how much of the log is kept behind them; see replica/snapshots/snapshot-policy.ts. */
  snapshots: z
    .object({ afterBytes: z.int().min(1), afterEntries: z.int().min(1), keepEntries: z.int().min(0) })
    .default(DEFAULT_POLICY),
  /**
   * Linearizable reads without asking a majority, while the clocks warrant it: all nodes of the cluster have it, or none. Percent
   * by which the rates of their clocks may differ; what else must hold stands in raft/lease.ts.
   */
  leases: z.object({ driftPercent: z.number().min(0).max(50) }).optional(),
  /** Also write the log to standard output, as containers expect. */
  logToStdout: z.boolean().default(false),
});
export type NodeConfiguration = z.infer<typeof NodeConfiguration>;

/**
 * What V8 is told at the start of a node. Its young generation begins with one MiB otherwise: what a start makes and keeps is then
 * copied six times, an eighth of what the start costs (docs/PERFORMANCE.md). More would save more, and stay in memory.
 */
export const v8Options: readonly string[] = ["--min-semi-space-size=4"];

/**
 * What the C library is told by a node's environment (glibc, mallopt(3)): blocks of 128 KiB and more always go back to the system
 * when they are freed. It keeps more the larger the blocks are that come and go: 6 MiB of a leader after 100,000 adds.
 */
export const allocatorOptions: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_TRIM_THRESHOLD_: "131072",
};
