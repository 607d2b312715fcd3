/**
 * One member of a Raft group, as a function of what it is told: `step` a message, `tick` the time, `propose` entries, ask
 * `readIndex`; then `ready()` tells what to persist, send and apply, and `advance()` says that it is on disk.
 *
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", figure 2. Here is the rule of terms and the way
 * of each message; who leads is in elections.ts, a leader's part in leadership.ts, a follower's in following.ts, what both hold in
 * member-log.ts.
 */
import { Elections } from "./elections.ts";
import { Following } from "./following.ts";
import { invariant } from "./invariant.ts";
import { type FollowerProgress, Leadership } from "./leadership.ts";
import { MemberLog, type Snapshot, type StoredLog } from "./member-log.ts";
import { type Configuration, encodeConfiguration, FOUNDERS_DISK } from "./membership.ts";
import { refuseChange } from "./membership-change.ts";
import { type Body, EntryKind, type HardState, type Message, type NodeId } from "./message.ts";
import { Outbox } from "./outbox.ts";
import type { ChangeOutcome, ProposeOutcome } from "./proposal.ts";
import type { RaftConfiguration } from "./raft-configuration.ts";
import type { PendingRead } from "./read-index.ts";
import type { Event, Ready, Role } from "./ready.ts";

/** What was on disk at the start. */
export interface RestoredLog extends StoredLog {
  readonly hardState: HardState;
}

type StepDown = Extract<Event, { readonly type: "steppedDown" }>;
type From<T extends Body["type"]> = Extract<Message, { readonly type: T }>;

export class Raft {
  readonly #configuration: RaftConfiguration;
  readonly #id: NodeId;
  readonly #log: MemberLog;
  readonly #outbox: Outbox;
  readonly #elections: Elections;
  readonly #following: Following;
  /** Defined exactly while #elections.role is "leader". */
  #leadership: Leadership | undefined;

  constructor(configuration: RaftConfiguration, restored: RestoredLog) {
    const { id, electionTicks, heartbeatTicks } = configuration;
    const { hardState } = restored;
    invariant(
      heartbeatTicks * 2 < electionTicks,
      () => `heartbeat ${heartbeatTicks} is too long for election ${electionTicks}`,
    );
    this.#configuration = configuration;
    this.#id = id;
    this.#log = new MemberLog(restored);
    this.#outbox = new Outbox(id);
    this.#elections = new Elections(configuration, hardState, this.#log, this.#outbox, () => this.#lead());
    this.#following = new Following(this.#log, this.#outbox, configuration.disk ?? FOUNDERS_DISK);
    const { lastTerm } = this.#log.end;
    invariant(this.term >= lastTerm, () => `term ${this.term} is behind the log's ${lastTerm}`);
  }

  get term(): number {
    return this.#elections.term;
  }
  get role(): Role {
    return this.#elections.role;
  }
  get leader(): NodeId | null {
    return this.#elections.leader;
  }
  get commit(): number {
    return this.#log.commit;
  }
  /** Only once an entry of its own term is committed does a leader know how far is (paper, section 8); so do those who hear of it. */
  isOfThisTerm(index: number): boolean {
    return this.#log.terms.term(index) === this.term;
  }
  get lastIndex(): number {
    return this.#log.lastIndex;
  }
  /** The newest in the log, committed or not. */
  get configuration(): Configuration {
    return this.#log.configurations.newest.configuration;
  }
  /** Of the entry that set it, 0 for the founding one. It is committed when `commit` has reached it. */
  get configurationIndex(): number {
    return this.#log.configurations.newest.index;
  }

  /** Of the others, on the leader; elsewhere there are none. */
  get progress(): readonly FollowerProgress[] {
    return this.#leadership?.progress ?? [];
  }

  /** Time passes by one tick. @param now as of lease.ts; like the two below, of use only with a lease. */
  tick(now?: number): void {
    if (this.#leadership === undefined) this.#elections.tick();
    else if (!this.#leadership.tick(now)) this.#follow(this.term, null, "quorum lost");
  }

  /** All is quiet: it makes no difference whether so many ticks come one by one or at once. */
  isCalm(ticks: number): boolean {
    return this.#leadership?.calm ?? this.#elections.isCalm(ticks);
  }

  /** The connection to `node` broke. When it leads, that is a reason to look for another leader soon. */
  disconnected(node: NodeId): void {
    this.#leadership?.disconnected(node);
    this.#elections.disconnected(node);
  }

  /** Appends one entry when this node leads. The outcome of the entry shows as `commit` passes it with the term unchanged. */
  propose(kind: number, time: number, data: Uint8Array): ProposeOutcome {
    invariant(kind !== EntryKind.configuration, () => "a configuration is proposed by changeMembership");
    return this.#propose(kind, time, data);
  }

  /**
   * Appends a configuration when this node leads; it counts at once, and is decided like any entry. A node that comes is
   * made a learner first, and a voter when `progress` says that it is close behind: from then on it may hold up the others.
   */
  changeMembership(configuration: Configuration, time: number): ChangeOutcome {
    const leadership = this.#leadership;
    if (leadership === undefined) return { ok: false, refusal: "NotLeader" };
    const refusal = refuseChange(configuration, this.#log, this.term, (id) => leadership.match(id));
    if (refusal !== undefined) return { ok: false, refusal };
    return this.#propose(EntryKind.configuration, time, encodeConfiguration(configuration));
  }

  #propose(kind: number, time: number, data: Uint8Array): ProposeOutcome {
    if (this.#leadership === undefined) return { ok: false, refusal: "NotLeader" };
    if (this.#leadership.transferring) return { ok: false, refusal: "Transferring" };
    const index = this.#leadership.propose(kind, time, data);
    return index === undefined ? { ok: false, refusal: "Overloaded" } : { ok: true, index, term: this.term };
  }

  /**
   * Hands leadership over to another voter. False when this node does not lead, or `to` cannot. Nothing is taken until it is done,
   * which shows as a new leader, or given up, after an election timeout.
   */
  transferLeadership(to: NodeId): boolean {
    return this.#leadership?.transfer(to) ?? false;
  }

  /** Asks how far one must have applied to answer a read now. `context` is never used twice by this node. */
  readIndex(context: number, now?: number): void {
    const { leader } = this;
    if (leader === null || leader === this.#id) this.#takeRead({ from: this.#id, context }, now);
    else this.#outbox.send(leader, this.term, { type: "ReadIndex", context });
  }

  /**
   * A snapshot that this member took of its state is durable, and entries up to and with `keepAfter`, at most snapshot.index, are
   * gone from its log. As leader it offers the snapshot to who needs one of them. An older snapshot than the newest is no news.
   */
  compact(snapshot: Snapshot, keepAfter: number): void {
    this.#log.covered(snapshot);
    // What goes is settled first.
    this.#commitMore();
    this.#log.compact(keepAfter);
  }

  /**
   * A snapshot that was offered is here, whole, verified and durable. True when it is taken, for it goes beyond what is committed:
   * it is the state from now on, the log goes on after it, and `commit` is its index. Else it is not needed any more.
   */
  restore(snapshot: Snapshot): boolean {
    const { leader } = this;
    return this.#following.restore(snapshot, leader === this.#id ? null : leader, this.term);
  }

  /** What came from others, members of this configuration or not. */
  step(message: Message, now?: number): void {
    const { to, from, term } = message;
    invariant(to === this.#id, () => `message for ${to} came to ${this.#id}`);
    if (from === this.#id) return;
    if (term > this.term) this.#stepNewerTerm(message, now);
    else if (term < this.term) this.#stepOlderTerm(message, now);
    else this.#dispatch(message, now);
  }

  hasReady(): boolean {
    // What a follower has to apply shows along with the answer to the message that told of it.
    return this.#leadership !== undefined || this.#elections.hasChanged || this.#log.hasWaiting || !this.#outbox.empty;
  }

  /** Takes what there is to do. Several Readys may be under way; they are advanced in the order in which they were taken. */
  ready(): Ready {
    if (this.#leadership !== undefined) {
      // A round begins with the messages that follow; alone in its group, from now on or for long, a leader needs none.
      if (this.#knowsCommit) this.#leadership.reads.begin(this.commit);
      this.#confirmReads(this.#leadership);
      this.#outbox.sendAll(this.#leadership.sends());
    }
    return {
      restart: this.#log.takeRestart(),
      hardState: this.#elections.takeHardState(),
      entries: this.#log.takeWaiting(),
      commit: this.commit,
      ...this.#outbox.take(),
    };
  }

  /** What `ready` asked to persist is durable. */
  advance({ hardState, entries }: Ready): void {
    this.#log.persisted(entries);
    this.#commitMore();
    if (hardState !== undefined) this.#elections.persisted(hardState);
  }

  #stepNewerTerm(message: Message, now: number | undefined): void {
    const { type, from, term } = message;
    switch (type) {
      case "PreVote":
        // The sender has not taken that term yet, and neither do we.
        this.#elections.stepPreVote(message);
        return;
      case "PreVoteReply":
        if (message.granted) return this.#elections.stepPreVoteGranted(message);
        break;
      case "RequestVote":
        if (this.#elections.hearsLeader && !message.transfer) return;
        break;
    }
    this.#follow(term, type === "AppendEntries" || type === "InstallSnapshot" ? from : null);
    this.#dispatch(message, now);
  }

  #stepOlderTerm(message: Message, now: number | undefined): void {
    const { type, from } = message;
    switch (type) {
      // The sender must learn of the newer term, or it would never rejoin.
      case "PreVote":
        this.#outbox.promise(from, this.term, { type: "PreVoteReply", granted: false });
        return;
      case "RequestVote":
        this.#outbox.promise(from, this.term, { type: "RequestVoteReply", granted: false });
        return;
      case "AppendEntries":
      case "InstallSnapshot":
        this.#tellTerm(from, message.round);
        return;
      // A read belongs to no term: whoever leads now may confirm it, and what was confirmed once stays true.
      case "ReadIndex":
      case "ReadIndexReply":
        this.#dispatch(message, now);
        return;
    }
  }

  #dispatch(message: Message, now: number | undefined): void {
    const { from } = message;
    switch (message.type) {
      case "PreVote":
        this.#elections.stepPreVote(message);
        return;
      case "RequestVote":
        this.#elections.stepRequestVote(message);
        return;
      case "RequestVoteReply":
        this.#elections.stepRequestVoteReply(message);
        return;
      case "AppendEntries":
        this.#hear(from);
        this.#following.appendEntries(message);
        return;
      case "InstallSnapshot":
        this.#hear(from);
        this.#following.installSnapshot(message);
        return;
      case "AppendEntriesReply":
        this.#stepAppendEntriesReply(message);
        return;
      case "TimeoutNow":
        this.#elections.stepTimeoutNow(message);
        return;
      case "ReadIndex":
        this.#takeRead({ from, context: message.context }, now);
        return;
      case "ReadIndexReply":
        this.#answerRead({ from: this.#id, context: message.context }, message.ok ? message.index : undefined);
        return;
    }
  }

  /** To a leader that was. What else is in the reply does not count, for it steps down. */
  #tellTerm(to: NodeId, round: number): void {
    const nothing = { match: 0, conflictTerm: 0, conflictIndex: 0 };
    this.#outbox.promise(to, this.term, { type: "AppendEntriesReply", success: false, round, ...nothing });
  }

  /** A leader of this term. */
  #hear(leader: NodeId): void {
    invariant(this.#leadership === undefined, () => `two leaders in term ${this.term}: ${leader} and ${this.#id}`);
    this.#elections.follow(this.term, leader);
  }

  #follow(term: number, leader: NodeId | null, reason: StepDown["reason"] = "higher term"): void {
    if (this.#leadership !== undefined) {
      for (const read of this.#leadership.reads.abandon()) this.#answerRead(read, undefined);
      this.#leadership = undefined;
      this.#outbox.event({ type: "steppedDown", reason });
    }
    this.#elections.follow(term, leader);
  }

  #lead(): void {
    this.#leadership = new Leadership(this.#configuration, this.term, this.#log);
    // Commits, once it is on a majority, all that earlier leaders left (paper, section 8).
    this.#log.append(this.term, EntryKind.noop, 0, new Uint8Array(0));
  }

  #commitMore(): void {
    this.#leadership?.commit();
    if (this.#leadership?.over) this.#follow(this.term, null, "removed");
  }

  #stepAppendEntriesReply(message: From<"AppendEntriesReply">): void {
    if (this.#leadership === undefined) return;
    this.#leadership.answered(message.from, message);
    this.#confirmReads(this.#leadership);
    this.#commitMore();
  }

  /** A leader knows how far is committed only once an entry of its own term is (paper, section 8). */
  get #knowsCommit(): boolean {
    return this.#log.terms.term(this.commit) === this.term;
  }

  #takeRead(read: PendingRead, now: number | undefined): void {
    const holdsLease = now !== undefined && this.#leadership?.holdsLease(now) === true;
    if (holdsLease && this.#knowsCommit) this.#answerRead(read, this.commit);
    else if (!this.#leadership?.reads.add(read)) this.#answerRead(read, undefined);
  }

  #confirmReads(leadership: Leadership): void {
    for (const read of leadership.confirmedReads()) this.#answerRead(read, read.index);
  }

  #answerRead(read: PendingRead, index: number | undefined): void {
    if (index !== undefined) this.#leadership?.hasten(read.from);
    this.#outbox.answerRead(read, this.term, index);
  }
}
