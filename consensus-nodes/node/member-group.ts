/** One group as this node takes part in it: its replica, its place among the streams, and the batches it passes on. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine } from "../machines/machine.ts";
import type { Configuration, Member } from "../raft/membership.ts";
import type { NodeId } from "../raft/message.ts";
import type { LogStorage } from "../replica/log-storage.ts";
import type { ReplicaQuery } from "../replica/pending-queries.ts";
import { Replica } from "../replica/replica.ts";
import type { SnapshotFiles } from "../replica/snapshots/snapshot-files.ts";
import type { SnapshotPolicy } from "../replica/snapshots/snapshot-policy.ts";
import type { Snapshot } from "../replica/snapshots/snapshot-storage.ts";
import type { PeerMessage } from "../transport/envelope.ts";
import type { PeerLinks } from "../transport/peer-links.ts";
import type { BatchOutcome } from "../wire/batch.ts";
import { decodeBatchOutcome } from "../wire/batch-outcome.ts";
import type { QueryOutcome } from "../wire/query-outcome.ts";
import { Forwards } from "./forwards.ts";
import type { NodeLog } from "./node-log.ts";
import { timing } from "./timing.ts";
import type { Turn } from "./turn.ts";

/** Bringing another up to date and having it elected takes some milliseconds; a stop must not take long when it cannot be. */
const HAND_OVER_MS = 500;
const HAND_OVER_LOOK_MS = 5;

export interface MemberGroupOptions {
  readonly id: NodeId;
  /** As in raft/membership.ts. */
  readonly disk: string;
  readonly founding: Configuration;
  readonly machine: Machine;
  readonly storage: LogStorage;
  readonly snapshots: SnapshotFiles;
  readonly snapshotPolicy: SnapshotPolicy;
  /** Percent; undefined: no leases. */
  readonly leaseDrift: number | undefined;
  readonly links: PeerLinks;
  readonly turn: Turn;
  readonly log: NodeLog;
}

export class MemberGroup {
  readonly name: string;
  readonly replica: Replica;
  readonly #options: MemberGroupOptions;
  /** Queries. */
  #asked = 0;
  #knownConfiguration = -1;
  readonly #forwards = new Forwards(Math.floor(Math.random() * 2 ** 31));

  constructor(options: MemberGroupOptions) {
    const { id, disk, founding, machine, storage, snapshots, snapshotPolicy, leaseDrift, links, turn, log } = options;
    this.#options = options;
    this.name = machine.name;
    const work = () => this.replica.turn();
    const logger = log.logger.child({ group: this.name });
    this.replica = new Replica({
      id,
      disk,
      founding,
      snapshotPolicy,
      machine,
      storage,
      snapshots,
      timing: leaseDrift === undefined ? timing : { ...timing, lease: { driftPercent: leaseDrift } },
      monotonic: () => performance.now(),
      random: Math.random,
      now: Date.now,
      send: (message) => links.send(this.name, message.to, message),
      requestTurn: () => turn.requestWork(work),
      onTrace: (trace) => logger.info(trace, `command ${trace.step}`),
      onEvent: (event) => {
        switch (event.type) {
          case "electionTimeout":
            log.line(`Node ${id} Election Timeout. Becoming CANDIDATE.`);
            break;
          case "becameLeader":
            log.line(`Node ${id} became leader for term ${event.term} with ${event.votes} votes`);
            break;
        }
        logger.info(event, event.type);
      },
    });
  }

  tick(): void {
    this.replica.tick();
    if (!this.#forwards.empty) this.#forwards.expire(performance.now());
  }

  isCalm(ticks: number): boolean {
    return this.#forwards.empty && this.replica.isCalm(ticks);
  }

  deliver(from: NodeId, message: PeerMessage): void {
    switch (message.type) {
      case "Forward":
        this.replica.submit(message.batch, (outcome) => {
          const bytes = Buffer.from(JSON.stringify(outcome));
          this.#options.links.send(this.name, from, { type: "ForwardReply", context: message.context, outcome: bytes });
        });
        return;
      case "ForwardReply":
        this.#forwards.answered(message.context, decodeBatchOutcome(message.outcome));
        return;
      default:
        this.replica.receive(message);
    }
  }

  /** As of the newest configuration, when that has changed since the last call. */
  newMembers(): readonly Member[] {
    const { members, configurationIndex } = this.replica.membership;
    if (configurationIndex === this.#knownConfiguration) return [];
    this.#knownConfiguration = configurationIndex;
    return members;
  }

  /** Resolves when this node leads no more and has heard of who does, as the others have then; or when none can be found in time. */
  async handOver(): Promise<void> {
    const { replica } = this;
    if (replica.status.role !== "leader") return;
    const end = performance.now() + HAND_OVER_MS;
    while (performance.now() < end) {
      const { role, leader } = replica.status;
      if (role === "leader" ? !replica.membership.handOver() : leader !== null) return;
      await sleep(HAND_OVER_LOOK_MS);
    }
    const { role, leader } = replica.status;
    this.#options.log.logger.warn({ group: this.name, role, leader }, "nobody has taken over in time");
  }

  /** Where a snapshot that ends with `index` is, or would be. */
  snapshotPath(index: number): string {
    return this.#options.snapshots.path(index);
  }

  /** @throws {DamagedSnapshot} */
  snapshotUpTo(index: number): Snapshot | undefined {
    return this.#options.snapshots.upTo(index);
  }

  close(): void {
    this.#options.snapshots.close();
  }

  disconnected(node: NodeId): void {
    this.replica.disconnected(node);
    this.#forwards.disconnected(node);
  }

  /** Proposes here, or, with `forward`, wherever this node believes the leader to be. */
  submit(batch: Uint8Array, forward: boolean, reply: (outcome: BatchOutcome) => void): void {
    const { leader, role } = this.replica.status;
    if (!forward || role === "leader" || leader === null) return this.replica.submit(batch, reply);
    const context = this.#forwards.add(leader, performance.now(), reply);
    if (context === undefined) {
      return reply({ ok: false, refusal: "Overloaded", leader, message: "too many commands wait to be passed on" });
    }
    this.#options.links.send(this.name, leader, { type: "Forward", context, batch });
  }

  query(query: ReplicaQuery, reply: (outcome: QueryOutcome) => void): void {
    this.#asked += 1;
    this.replica.query(query, reply);
  }

  /** Entries applied, and queries that others asked, since some moment: it stands still while nothing is asked of the group. */
  get work(): number {
    return this.replica.status.applied + this.#asked;
  }
}
