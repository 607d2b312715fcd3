/** What a replica is handed by whoever drives it: a node with a disk and sockets, or a simulator with neither. */
import type { Machine } from "../machines/machine.ts";
import type { Configuration } from "../raft/membership.ts";
import type { Message, NodeId } from "../raft/message.ts";
import type { Event } from "../raft/ready.ts";
import type { LogStorage } from "./log-storage.ts";
import type { SnapshotPolicy } from "./snapshots/snapshot-policy.ts";
import type { SnapshotStorage } from "./snapshots/snapshot-storage.ts";

export interface ReplicaEnvironment {
  readonly id: NodeId;
  /** As in raft/membership.ts. */
  readonly disk?: string;
  /** The group's members when it was founded; none on a node that joins later, and is told. */
  readonly founding: Configuration;
  readonly machine: Machine;
  readonly storage: LogStorage;
  readonly snapshots: SnapshotStorage;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds on a clock that never goes back, and goes on while the process is paused. */
  readonly monotonic: () => number;
  /** May drop, delay, duplicate and reorder. */
  readonly send: (message: Message) => void;
  /** Asks that `turn()` be called once, when the inputs at hand have been taken. */
  readonly requestTurn: () => void;
  readonly onEvent: (event: Event) => void;
  readonly onTrace: (trace: {
    readonly trace: string;
    readonly step: "proposed" | "applied";
    readonly index: number;
    readonly command: string;
  }) => void;
  readonly timing: ReplicaTiming;
  readonly snapshotPolicy: SnapshotPolicy;
}

export interface ReplicaTiming {
  /** Milliseconds. */
  readonly tickMs: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly hintTicks: number;
  /** Reads without a round, see raft/lease.ts; all members of a group have it, or none. */
  readonly lease?: { readonly driftPercent: number };
  /** A read that was not confirmed by then is given up; its asker may ask again. */
  readonly readTimeoutTicks: number;
}
