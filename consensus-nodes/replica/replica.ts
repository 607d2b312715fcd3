/**
 * One Raft group on one node, against the world: a log on disk, a machine, clients who wait. It decides nothing about
 * consensus; it carries out what `raft/` says, in the order that raft/ready.ts demands. Disk, network, clock and the turn of
 * the event loop are handed in, so a simulator can drive it.
 */
import type { Machine } from "../machines/machine.ts";
import type { Snapshot as RaftSnapshot } from "../raft/member-log.ts";
import { EntryKind, type Message, type NodeId, type Outgoing } from "../raft/message.ts";
import { Raft } from "../raft/raft.ts";
import type { Event, Ready, Role } from "../raft/ready.ts";
import { type BatchOutcome, decodeBatch } from "../wire/batch.ts";
import type { QueryOutcome } from "../wire/query-outcome.ts";
import type { AppliedState } from "./applied-state.ts";
import { Applier } from "./applier.ts";
import { type CheckpointOutcome, NOT_LEADER } from "./change-answer.ts";
import { Freshness } from "./freshness.ts";
import { LogClock } from "./log-clock.ts";
import type { StoredEntry } from "./log-storage.ts";
import { PendingQueries, type ReplicaQuery } from "./pending-queries.ts";
import type { ReplicaEnvironment } from "./replica-environment.ts";
import { ReplicaMembership } from "./replica-membership.ts";
import { restoreLog } from "./restored-log.ts";
import type { SnapshotHead } from "./snapshots/snapshot-format.ts";
import { SnapshotKeeper } from "./snapshots/snapshot-keeper.ts";
import type { Snapshot } from "./snapshots/snapshot-storage.ts";

/** Bytes of a batch: what fits a segment of the log, and more than a client gathers. */
export const MAX_BATCH_BYTES = 3 * 1024 * 1024;

export interface ReplicaStatus {
  readonly role: Role;
  readonly leader: NodeId | null;
  readonly term: number;
  readonly lastIndex: number;
  readonly commit: number;
  readonly applied: number;
}

/** Promises that wait for what was handed to the disk before them. */
interface InFlight {
  readonly promises: Message[];
}

export class Replica {
  readonly membership: ReplicaMembership;
  readonly #environment: ReplicaEnvironment;
  readonly #raft: Raft;
  readonly #applier: Applier;
  readonly #queries: PendingQueries;
  readonly #freshness = new Freshness();
  readonly #snapshots: SnapshotKeeper;
  /** Handed to the disk and not durable yet, oldest first. */
  readonly #inFlight: InFlight[] = [];
  #firstIndex: number;
  readonly #clock: LogClock;
  constructor(environment: ReplicaEnvironment) {
    const { id, disk, storage, snapshots, random, timing, snapshotPolicy } = environment;
    const { newest } = snapshots;
    this.#environment = environment;
    this.#firstIndex = storage.firstIndex;
    this.#applier = new Applier(environment);
    this.#snapshots = new SnapshotKeeper({
      storage: snapshots,
      policy: snapshotPolicy,
      onTaken: (head, keepAfter) => this.#compact(head, keepAfter),
      onFetched: (snapshot) => this.#restore(snapshot),
    });
    this.#queries = new PendingQueries(timing.readTimeoutTicks, Math.floor(random() * 2 ** 31), (name, input) =>
      this.#applied.answer(name, input),
    );
    const { log, restart } = restoreLog(storage, newest?.head, this.#applier.configuration);
    this.#raft = new Raft({ id, random, ...(disk !== undefined && { disk }), ...timing }, log);
    const last = storage.lastIndex;
    const lastTime = last >= storage.firstIndex ? storage.read(last, last, 1).at(-1)?.time : undefined;
    if (restart !== undefined) {
      const { index, term } = restart;
      this.#firstIndex = index + 1;
      // Nobody waits for it: until it is durable, a restart finds the snapshot again, and begins anew again.
      storage.persist({ restart: { index, term }, hardState: log.hardState, entries: [] }, () => {});
    }
    this.#clock = new LogClock(environment.now, Math.max(this.#applied.now, lastTime ?? 0));
    this.membership = new ReplicaMembership(id, this.#raft, this.#clock, environment.requestTurn);
  }

  get #applied(): AppliedState {
    return this.#applier.state;
  }

  get status(): ReplicaStatus {
    const { role, leader, term, lastIndex, commit } = this.#raft;
    return { role, leader, term, lastIndex, commit, applied: this.#applied.index };
  }

  get machine(): Machine {
    return this.#environment.machine;
  }

  /** The oldest entry that can be read here. */
  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** Committed entries from `first` on, up to `last` or so many bytes; one at least. firstIndex <= first */
  read(first: number, last: number, maxBytes: number): readonly StoredEntry[] {
    return this.#environment.storage.read(first, Math.min(last, this.#raft.commit), maxBytes);
  }

  /** Transactions that wait here for their outcome. */
  get waitingTransactions(): AppliedState["waitingTransactions"] {
    return this.#applied.waitingTransactions;
  }

  tick(): void {
    this.#raft.tick(this.#ticks());
    this.#queries.tick();
    this.#proposeDue();
    this.#environment.requestTurn();
  }

  /** As of raft.ts; and no instant is near at which something falls due. Leases count single ticks: with them it never is. */
  isCalm(ticks: number): boolean {
    const { timing } = this.#environment;
    if (timing.lease !== undefined || !this.#queries.settled || !this.#raft.isCalm(ticks)) return false;
    const { deadline } = this.#applied;
    return deadline === undefined || deadline - this.#environment.now() > 2 * ticks * timing.tickMs;
  }

  receive(message: Message): void {
    this.#raft.step(message, this.#ticks());
    this.#noteFreshness(message);
    this.#environment.requestTurn();
  }

  disconnected(node: NodeId): void {
    this.#raft.disconnected(node);
    this.#environment.requestTurn();
  }

  /** Proposes a batch when this node leads. `reply` is called once: in this call, or when the batch's fate is known. */
  submit(bytes: Uint8Array, reply: (outcome: BatchOutcome) => void): void {
    const { leader, role } = this.#raft;
    const refuse = (refusal: "NotLeader" | "Overloaded" | "Invalid", message: string) =>
      reply({ ok: false, refusal, leader, message });
    if (role !== "leader") return refuse("NotLeader", NOT_LEADER);
    if (bytes.length > MAX_BATCH_BYTES) return refuse("Invalid", `a batch has ${MAX_BATCH_BYTES} bytes at most`);
    const batch = decodeBatch(bytes);
    if (batch === undefined) return refuse("Invalid", "the batch is malformed");
    for (const command of batch.c) {
      const reason = this.#applied.refuse(command);
      if (reason !== undefined) return refuse("Invalid", reason);
    }
    const proposed = this.#raft.propose(EntryKind.commands, this.#clock.read(), bytes);
    if (!proposed.ok) {
      // Who is handing over leads no more for those who ask.
      const refusal = proposed.refusal === "Overloaded" ? "Overloaded" : "NotLeader";
      return refuse(refusal, "the group cannot take more at the moment");
    }
    this.#applier.batches.add(proposed.index, { term: proposed.term, batch, reply });
    this.#applier.trace(batch, "proposed", proposed.index);
    this.#environment.requestTurn();
  }

  /** Has all members note a hash of their state at one index, which is told when it is proposed; see `stateHash`. */
  checkpoint(): CheckpointOutcome {
    const { leader } = this.#raft;
    const proposed = this.#raft.propose(EntryKind.checkpoint, this.#clock.read(), new Uint8Array(0));
    this.#environment.requestTurn();
    if (proposed.ok) return { ok: true, index: proposed.index };
    const message = proposed.refusal === "NotLeader" ? NOT_LEADER : "the group cannot take more at the moment";
    return { ok: false, leader, message };
  }

  /** Noted at the checkpoint `index`; undefined when there is none yet, or no more. */
  stateHash(index: number): string | undefined {
    return this.#applier.stateHash(index);
  }

  query(query: ReplicaQuery, reply: (outcome: QueryOutcome) => void): void {
    const replyWithAge = query.stale ? (outcome: QueryOutcome) => reply(this.#withAge(outcome)) : reply;
    this.#queries.add(query, replyWithAge, this.#applied.index);
    this.#environment.requestTurn();
  }

  /** Carries out what the inputs since the last turn led to. */
  turn(): void {
    const context = this.#queries.nextContext();
    if (context !== undefined) this.#raft.readIndex(context, this.#ticks());
    if (this.#raft.hasReady()) this.#carryOut(this.#raft.ready());
    this.#apply();
  }

  /** By the monotonic clock; of use only with a lease. */
  #ticks(): number | undefined {
    const { monotonic, timing } = this.#environment;
    return timing.lease && monotonic() / timing.tickMs;
  }

  #noteFreshness(message: Message): void {
    const { type, from, term } = message;
    if (term !== this.#raft.term) return;
    const at = this.#environment.monotonic();
    if (type === "AppendEntriesReply") this.#freshness.answered(from, at);
    if (type !== "AppendEntries" || !this.#raft.isOfThisTerm(message.commit)) return;
    this.#freshness.heard(message.commit, at, this.#applied.index);
  }

  #withAge(outcome: QueryOutcome): QueryOutcome {
    const { id: self, monotonic } = this.#environment;
    const { role, commit } = this.#raft;
    const now = monotonic();
    const others = this.membership.members.filter(({ id, voter }) => voter && id !== self).map(({ id }) => id);
    const leads = role === "leader" && this.#applied.index === commit && this.#raft.isOfThisTerm(commit);
    const age = leads ? this.#freshness.ageOfLeader(now, others) : this.#freshness.age(now);
    return outcome.ok && age !== undefined ? { ...outcome, age: Math.ceil(age) } : outcome;
  }

  #carryOut(ready: Ready): void {
    const { storage } = this.#environment;
    for (const event of ready.events) this.#react(event);
    // The disk first: the log serves what is sent from memory, and the write runs beside the sending.
    if (ready.restart !== undefined || ready.hardState !== undefined || ready.entries.length > 0) {
      const inFlight: InFlight = { promises: [...ready.promises] };
      this.#inFlight.push(inFlight);
      const { restart, hardState, entries } = ready;
      const job = { ...(restart && { restart }), ...(hardState && { hardState }), entries };
      storage.persist(job, () => this.#durable(ready, inFlight));
    } else {
      const last = this.#inFlight.at(-1);
      if (last !== undefined) last.promises.push(...ready.promises);
      else for (const promise of ready.promises) this.#environment.send(promise);
    }
    for (const message of ready.messages) this.#sendOut(message);
    for (const read of ready.reads) this.#queries.confirm(read.context, read.index, this.#applied.index);
    for (const failed of ready.failedReads) this.#queries.fail(failed);
    if (ready.offer !== undefined) this.#snapshots.offered(ready.offer);
    if (ready.events.some((event) => event.type === "leaderKnown" && event.leader !== null)) this.#askAgain();
  }

  /** What the leader before was asked, it may never answer. */
  #askAgain(): void {
    for (const context of this.#queries.askAgain()) this.#raft.readIndex(context, this.#ticks());
    this.#environment.requestTurn();
  }

  #durable(ready: Ready, inFlight: InFlight): void {
    const first = this.#inFlight.shift();
    if (first !== inFlight) throw new Error("the disk answered out of order");
    for (const promise of inFlight.promises) this.#environment.send(promise);
    this.#raft.advance(ready);
    this.#environment.requestTurn();
  }

  #sendOut(message: Outgoing): void {
    if (message.type !== "AppendRange") return this.#environment.send(message);
    const { first, last, type: _, ...header } = message;
    const entries = first <= last ? this.#environment.storage.read(first, last, Number.POSITIVE_INFINITY) : [];
    this.#environment.send({ ...header, type: "AppendEntries", entries });
  }

  #react(event: Event): void {
    if (event.type === "steppedDown") {
      const { leader } = this.#raft;
      this.#applier.batches.abandon({ ok: false, refusal: "Undecided", leader, message: "the leader stepped down" });
      this.#applier.noteProposedDeadline(undefined);
      this.#freshness.lost();
    }
    this.#environment.onEvent(event);
  }

  #apply(): void {
    const { commit } = this.#raft;
    if (this.#applied.index >= commit) return;
    this.#applier.apply(commit, this.#clock, this.#snapshots);
    this.#queries.applied(this.#applied.index);
    this.#freshness.applied(this.#applied.index);
  }

  /** The snapshot takes the place of the entries before it. */
  #compact(head: SnapshotHead, keepAfter: number): void {
    const { storage, requestTurn } = this.#environment;
    this.#raft.compact(raftSnapshot(head), keepAfter);
    this.#firstIndex = Math.max(this.#firstIndex, keepAfter + 1);
    storage.compact(keepAfter);
    requestTurn();
  }

  /** The snapshot takes the place of the state, when that is behind. */
  #restore(snapshot: Snapshot): void {
    const { requestTurn } = this.#environment;
    const { head } = snapshot;
    if (head.index <= this.#applied.index || !this.#raft.restore(raftSnapshot(head))) return;
    this.#applier.restore(snapshot);
    this.#clock.learn(head.now);
    this.#queries.applied(this.#applied.index);
    requestTurn();
  }

  /** Timed changes are entries like any other: the leader proposes them when their instant has come. */
  #proposeDue(): void {
    if (this.#raft.role !== "leader") return;
    const deadline = this.#applier.unproposedDeadline;
    if (deadline === undefined) return;
    const time = this.#clock.read();
    if (deadline > time) return;
    if (this.#raft.propose(EntryKind.deadline, time, new Uint8Array(0)).ok) {
      this.#applier.noteProposedDeadline(deadline);
    }
  }
}

function raftSnapshot({ index, term, configuration, configurationIndex }: SnapshotHead): RaftSnapshot {
  return { index, term, configuration, configurationIndex };
}
