/**
 * One member of a Raft group, as a function of what it is told: `step` a message, `tick` the time, `propose` entries, ask
 * `readIndex`; then `ready()` tells what to persist, send and apply, and `advance()` says that it is on disk.
 *
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", figure 2; pre-vote and check-quorum after
 * Ongaro's dissertation, sections 9.6 and 6.2; a vote is also refused while a leader is heard from (section 4.2.3).
 */
import { invariant } from "./invariant.ts";
import { Leadership } from "./leadership.ts";
import { LogTerms, type TermRun } from "./log-terms.ts";
import {
  type Body,
  type Entry,
  EntryKind,
  type HardState,
  type Message,
  type NodeId,
  type Outgoing,
} from "./message.ts";
import { majority } from "./quorum.ts";
import type { ConfirmedRead, PendingRead } from "./read-index.ts";
import type { Event, Ready, Role } from "./ready.ts";

export interface RaftConfiguration {
  readonly id: NodeId;
  readonly voters: readonly NodeId[];
  /** Ticks without a leader before an election: drawn from [electionTicks, 2 electionTicks). */
  readonly electionTicks: number;
  /** heartbeatTicks < electionTicks / 2 */
  readonly heartbeatTicks: number;
  /** Ticks, drawn from [1, hintTicks], before an election when the connection to the leader broke. */
  readonly hintTicks: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What was on disk at the start. */
export interface RestoredLog {
  readonly hardState: HardState;
  readonly base: TermRun;
  readonly terms: readonly TermRun[];
  readonly sizes: Iterable<number>;
}

export type ProposeOutcome =
  | { readonly ok: true; readonly index: number; readonly term: number }
  | { readonly ok: false; readonly refusal: "NotLeader" | "Overloaded" };

type From<T extends Body["type"]> = Extract<Message, { readonly type: T }>;

export class Raft {
  readonly #configuration: RaftConfiguration;
  readonly #log: LogTerms;
  #term: number;
  #vote: NodeId | null;
  /** base.index <= #commit <= log.lastIndex */
  #commit: number;
  #role: Role = "follower";
  #leader: NodeId | null = null;
  /** Defined exactly while #role is "leader". */
  #leadership: Leadership | undefined;
  /** Who granted the vote or pre-vote that is being asked for. */
  #granted = new Set<NodeId>();
  #elapsed = 0;
  #timeout: number;
  /** Last index handed out by ready() and not replaced since; what is after it is still in #entries. */
  #durable: number;

  #hardStateChanged = false;
  #entries: Entry[] = [];
  #messages: Outgoing[] = [];
  #promises: Message[] = [];
  #reads: ConfirmedRead[] = [];
  #failedReads: number[] = [];
  #events: Event[] = [];
  #commitTold: number;

  constructor(configuration: RaftConfiguration, restored: RestoredLog) {
    const { electionTicks, heartbeatTicks } = configuration;
    invariant(
      heartbeatTicks * 2 < electionTicks,
      () => `heartbeat ${heartbeatTicks} is too long for election ${electionTicks}`,
    );
    this.#configuration = configuration;
    this.#log = new LogTerms(restored.base, restored.terms, restored.sizes);
    this.#term = restored.hardState.term;
    this.#vote = restored.hardState.vote;
    invariant(this.#term >= this.#log.lastTerm, () => `term ${this.#term} is behind the log's ${this.#log.lastTerm}`);
    this.#commit = restored.base.index;
    this.#commitTold = this.#commit;
    this.#durable = this.#log.lastIndex;
    this.#timeout = this.#drawTimeout();
  }

  get term(): number {
    return this.#term;
  }
  get role(): Role {
    return this.#role;
  }
  get leader(): NodeId | null {
    return this.#leader;
  }
  get commit(): number {
    return this.#commit;
  }
  get lastIndex(): number {
    return this.#log.lastIndex;
  }

  /** Time passes by one tick. */
  tick(): void {
    this.#elapsed += 1;
    if (this.#leadership !== undefined) {
      if (this.#elapsed % this.#configuration.heartbeatTicks === 0) this.#leadership.heartbeat();
      if (this.#elapsed >= this.#configuration.electionTicks) {
        this.#elapsed = 0;
        if (!this.#leadership.checkQuorum()) this.#becomeFollower(this.#term, null, "quorum lost");
      }
    } else if (this.#elapsed >= this.#timeout && !this.#awaitsOwnVote()) {
      this.#askForPreVotes();
    }
  }

  /** The connection to `node` broke. When it leads, that is a reason to look for another leader soon. */
  disconnected(node: NodeId): void {
    this.#leadership?.followers.get(node)?.probe(0);
    if (this.#leader !== node || this.#role !== "follower") return;
    this.#knowLeader(null);
    this.#elapsed = 0;
    this.#timeout = 1 + Math.floor(this.#configuration.random() * this.#configuration.hintTicks);
  }

  /** Appends one entry when this node leads. The outcome of the entry shows as `commit` passes it with the term unchanged. */
  propose(kind: number, time: number, data: Uint8Array): ProposeOutcome {
    const leadership = this.#leadership;
    if (leadership === undefined) return { ok: false, refusal: "NotLeader" };
    if (!leadership.admits(data.length, this.#log)) return { ok: false, refusal: "Overloaded" };
    leadership.proposed(data.length);
    return { ok: true, index: this.#appendOwn(kind, time, data), term: this.#term };
  }

  /** Asks how far one must have applied to answer a read now. `context` is never used twice by this node. */
  readIndex(context: number): void {
    const read: PendingRead = { from: this.#configuration.id, context };
    if (this.#leadership !== undefined) {
      if (!this.#leadership.reads.add(read)) this.#failedReads.push(context);
    } else if (this.#leader !== null) {
      this.#send(this.#leader, { type: "ReadIndex", context });
    } else {
      this.#failedReads.push(context);
    }
  }

  step(message: Message): void {
    invariant(
      message.to === this.#configuration.id,
      () => `message for ${message.to} came to ${this.#configuration.id}`,
    );
    if (!this.#configuration.voters.includes(message.from)) return;
    if (message.term > this.#term) this.#stepNewerTerm(message);
    else if (message.term < this.#term) this.#stepOlderTerm(message);
    else this.#dispatch(message);
  }

  hasReady(): boolean {
    return (
      this.#hardStateChanged ||
      this.#entries.length > 0 ||
      this.#messages.length > 0 ||
      this.#promises.length > 0 ||
      this.#reads.length > 0 ||
      this.#failedReads.length > 0 ||
      this.#events.length > 0 ||
      this.#commit > this.#commitTold ||
      this.#leadership !== undefined
    );
  }

  /** Takes what there is to do. Several Readys may be under way; they are advanced in the order in which they were taken. */
  ready(): Ready {
    const leadership = this.#leadership;
    if (leadership !== undefined) {
      // A round begins with the messages that follow; alone in its group a leader needs none.
      if (this.#log.term(this.#commit) === this.#term && leadership.reads.begin(this.#commit)) {
        this.#confirmReads(leadership);
      }
      this.#messages.push(...leadership.sends(this.#log, this.#commit));
    }
    const ready: Ready = {
      hardState: this.#hardStateChanged ? { term: this.#term, vote: this.#vote } : undefined,
      entries: this.#entries,
      messages: this.#messages,
      promises: this.#promises,
      commit: this.#commit,
      reads: this.#reads,
      failedReads: this.#failedReads,
      events: this.#events,
    };
    this.#hardStateChanged = false;
    this.#entries = [];
    this.#messages = [];
    this.#promises = [];
    this.#reads = [];
    this.#failedReads = [];
    this.#events = [];
    this.#commitTold = this.#commit;
    return ready;
  }

  /** What `ready` asked to persist is durable. */
  advance(ready: Ready): void {
    const last = ready.entries.at(-1);
    // An entry that was replaced since is no longer ours to count.
    if (last !== undefined && this.#log.term(last.index) === last.term)
      this.#durable = Math.max(this.#durable, last.index);
    if (this.#leadership !== undefined) {
      this.#leadership.durable = this.#durable;
      this.#advanceCommit(this.#leadership);
    }
    const { hardState } = ready;
    if (hardState !== undefined && hardState.term === this.#term && hardState.vote === this.#configuration.id) {
      // Only a vote for oneself that is on disk counts, and only then are the others asked.
      if (this.#role === "candidate") {
        this.#restartTimer();
        this.#countVote(this.#configuration.id);
      }
    }
  }

  // Elections

  #askForPreVotes(): void {
    if (!this.#configuration.voters.includes(this.#configuration.id)) return;
    this.#events.push({ type: "electionTimeout" });
    this.#role = "preCandidate";
    this.#knowLeader(null);
    this.#restartTimer();
    this.#granted = new Set();
    this.#broadcast(this.#messages, this.#term + 1, { type: "PreVote", ...this.#lastEntry() });
    // Nothing is promised by a pre-vote, so one's own needs no disk.
    this.#countPreVote(this.#configuration.id);
  }

  #countPreVote(from: NodeId): void {
    this.#granted.add(from);
    if (this.#granted.size >= majority(this.#configuration.voters.length)) this.#becomeCandidate();
  }

  #becomeCandidate(): void {
    this.#role = "candidate";
    this.#setTerm(this.#term + 1, this.#configuration.id);
    this.#restartTimer();
    this.#granted = new Set();
    // Asked only once the vote for oneself is on disk: a crash in between must not free it for another.
    this.#broadcast(this.#promises, this.#term, { type: "RequestVote", ...this.#lastEntry() });
  }

  #countVote(from: NodeId): void {
    this.#granted.add(from);
    if (this.#granted.size >= majority(this.#configuration.voters.length)) this.#becomeLeader(this.#granted.size);
  }

  #becomeLeader(votes: number): void {
    const { id, voters } = this.#configuration;
    this.#role = "leader";
    this.#leadership = new Leadership(id, this.#term, voters, this.#log.lastIndex, this.#durable);
    this.#elapsed = 0;
    this.#events.push({ type: "becameLeader", term: this.#term, votes });
    this.#knowLeader(id);
    // Commits, once it is on a majority, all that earlier leaders left (paper, section 8).
    this.#appendOwn(EntryKind.noop, 0, new Uint8Array(0));
  }

  #becomeFollower(term: number, leader: NodeId | null, reason: "higher term" | "quorum lost" = "higher term"): void {
    if (this.#leadership !== undefined) {
      for (const read of this.#leadership.reads.abandon()) this.#answerRead(read, undefined);
      this.#leadership = undefined;
      this.#events.push({ type: "steppedDown", reason });
    }
    this.#role = "follower";
    if (term > this.#term) this.#setTerm(term, null);
    this.#restartTimer();
    this.#knowLeader(leader);
  }

  /** Giving up before anyone was asked would leave a node whose disk is slower than an election for ever a candidate. */
  #awaitsOwnVote(): boolean {
    return this.#role === "candidate" && !this.#granted.has(this.#configuration.id);
  }

  /** Paper, section 5.4.1. */
  #isUpToDate(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.#log.lastTerm || (lastTerm === this.#log.lastTerm && lastIndex >= this.#log.lastIndex);
  }

  /** A leader was heard from within the shortest election timeout: whoever asks for votes is the one cut off. */
  #hearsLeader(): boolean {
    return this.#leader !== null && (this.#role === "leader" || this.#elapsed < this.#configuration.electionTicks);
  }

  // Messages

  #stepNewerTerm(message: Message): void {
    switch (message.type) {
      case "PreVote":
        // The sender has not taken that term yet, and neither do we.
        this.#stepPreVote(message);
        return;
      case "PreVoteReply":
        if (!message.granted) this.#becomeFollower(message.term, null);
        else if (this.#role === "preCandidate" && message.term === this.#term + 1) this.#countPreVote(message.from);
        return;
      case "RequestVote":
        if (this.#hearsLeader()) return;
        break;
    }
    this.#becomeFollower(message.term, message.type === "AppendEntries" ? message.from : null);
    this.#dispatch(message);
  }

  /** The sender must learn of the newer term, or it would never rejoin. */
  #stepOlderTerm(message: Message): void {
    switch (message.type) {
      case "PreVote":
        this.#promise(message.from, { type: "PreVoteReply", granted: false });
        return;
      case "RequestVote":
        this.#promise(message.from, { type: "RequestVoteReply", granted: false });
        return;
      case "AppendEntries":
        this.#promise(message.from, this.#refusal(message, 0, 0));
        return;
      case "ReadIndex":
      case "ReadIndexReply":
        // A read belongs to no term: whoever leads now may confirm it, and what was confirmed once stays true.
        this.#dispatch(message);
        return;
    }
  }

  #dispatch(message: Message): void {
    switch (message.type) {
      case "PreVote":
        this.#stepPreVote(message);
        return;
      case "RequestVote":
        this.#stepRequestVote(message);
        return;
      case "RequestVoteReply":
        if (this.#role === "candidate" && message.granted) this.#countVote(message.from);
        return;
      case "AppendEntries":
        this.#stepAppendEntries(message);
        return;
      case "AppendEntriesReply":
        if (this.#leadership !== undefined) {
          if (this.#leadership.answered(message.from, message, this.#log)) this.#advanceCommit(this.#leadership);
          this.#confirmReads(this.#leadership);
        }
        return;
      case "ReadIndex": {
        const read: PendingRead = { from: message.from, context: message.context };
        if (this.#leadership === undefined || !this.#leadership.reads.add(read)) this.#answerRead(read, undefined);
        return;
      }
      case "ReadIndexReply":
        if (message.ok)
          this.#reads.push({ from: this.#configuration.id, context: message.context, index: message.index });
        else this.#failedReads.push(message.context);
        return;
    }
  }

  #stepPreVote(message: From<"PreVote">): void {
    const granted =
      message.term > this.#term && !this.#hearsLeader() && this.#isUpToDate(message.lastIndex, message.lastTerm);
    const reply: Body = { type: "PreVoteReply", granted };
    this.#promises.push({
      from: this.#configuration.id,
      to: message.from,
      term: granted ? message.term : this.#term,
      ...reply,
    });
  }

  #stepRequestVote(message: From<"RequestVote">): void {
    const free = this.#vote === message.from || (this.#vote === null && this.#leader === null);
    const granted = free && this.#isUpToDate(message.lastIndex, message.lastTerm);
    if (granted) {
      if (this.#vote === null) this.#setTerm(this.#term, message.from);
      this.#role = "follower";
      this.#restartTimer();
    }
    this.#promise(message.from, { type: "RequestVoteReply", granted });
  }

  #stepAppendEntries(message: From<"AppendEntries">): void {
    invariant(
      this.#role !== "leader",
      () => `two leaders in term ${this.#term}: ${message.from} and ${this.#configuration.id}`,
    );
    if (this.#role === "follower" && this.#leader === message.from) this.#elapsed = 0;
    else this.#becomeFollower(this.#term, message.from);

    const { previousIndex, previousTerm, entries } = message;
    if (previousIndex > this.#log.lastIndex) {
      this.#promise(message.from, this.#refusal(message, 0, this.#log.lastIndex + 1));
      return;
    }
    // Below the base all is committed, so it matches.
    const ownTerm = this.#log.term(previousIndex);
    if (ownTerm !== undefined && ownTerm !== previousTerm) {
      invariant(
        previousIndex > this.#commit,
        () => `committed entry ${previousIndex} differs: ${ownTerm}, leader has ${previousTerm}`,
      );
      this.#promise(message.from, this.#refusal(message, ownTerm, this.#log.firstOfTermAt(previousIndex)));
      return;
    }
    for (const entry of entries) this.#takeEntry(entry);
    // Only up to here is known to be the leader's log; a suffix beyond may be stale (figure 2, AppendEntries, step 5).
    const match = previousIndex + entries.length;
    this.#commit = Math.max(this.#commit, Math.min(message.commit, match));
    this.#promise(message.from, {
      type: "AppendEntriesReply",
      success: true,
      match,
      round: message.round,
      conflictTerm: 0,
      conflictIndex: 0,
    });
  }

  #takeEntry(entry: Entry): void {
    const { index, term, data } = entry;
    if (index <= this.#log.lastIndex) {
      const ownTerm = this.#log.term(index);
      if (ownTerm === undefined || ownTerm === term) return;
      invariant(index > this.#commit, () => `committed entry ${index} would be replaced: ${ownTerm} by ${term}`);
      this.#log.truncateFrom(index);
      this.#entries = this.#entries.filter((pending) => pending.index < index);
      this.#durable = Math.min(this.#durable, index - 1);
    }
    const appended = this.#log.append(term, data.length);
    invariant(appended === index, () => `entries must be consecutive: expected ${appended}, found ${index}`);
    this.#entries.push(entry);
  }

  // Leading

  #appendOwn(kind: number, time: number, data: Uint8Array): number {
    const index = this.#log.append(this.#term, data.length);
    this.#entries.push({ index, term: this.#term, kind, time, data });
    return index;
  }

  #advanceCommit(leadership: Leadership): void {
    this.#commit = leadership.commit(this.#log, this.#commit);
  }

  #confirmReads(leadership: Leadership): void {
    for (const read of leadership.confirmedReads()) this.#answerRead(read, read.index);
  }

  #answerRead(read: PendingRead, index: number | undefined): void {
    const { from, context } = read;
    if (from !== this.#configuration.id) {
      this.#send(from, { type: "ReadIndexReply", context, ok: index !== undefined, index: index ?? 0 });
    } else if (index !== undefined) {
      this.#reads.push({ from, context, index });
    } else {
      this.#failedReads.push(context);
    }
  }

  // Small things

  #setTerm(term: number, vote: NodeId | null): void {
    invariant(term >= this.#term, () => `terms never go back: ${this.#term}, then ${term}`);
    this.#term = term;
    this.#vote = vote;
    this.#hardStateChanged = true;
  }

  #knowLeader(leader: NodeId | null): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#events.push({ type: "leaderKnown", leader });
  }

  #restartTimer(): void {
    this.#elapsed = 0;
    this.#timeout = this.#drawTimeout();
  }

  #drawTimeout(): number {
    const { electionTicks, random } = this.#configuration;
    return electionTicks + Math.floor(random() * electionTicks);
  }

  #lastEntry() {
    return { lastIndex: this.#log.lastIndex, lastTerm: this.#log.lastTerm };
  }

  #refusal(message: From<"AppendEntries">, conflictTerm: number, conflictIndex: number): Body {
    const { previousIndex: match, round } = message;
    return { type: "AppendEntriesReply", success: false, match, round, conflictTerm, conflictIndex };
  }

  #send(to: NodeId, body: Body): void {
    this.#messages.push({ from: this.#configuration.id, to, term: this.#term, ...body });
  }

  /** A message that tells of something on disk, or to be on disk by then. */
  #promise(to: NodeId, body: Body): void {
    this.#promises.push({ from: this.#configuration.id, to, term: this.#term, ...body });
  }

  #broadcast(where: Outgoing[] | Message[], term: number, body: Body): void {
    for (const to of this.#configuration.voters) {
      if (to !== this.#configuration.id) where.push({ from: this.#configuration.id, to, term, ...body });
    }
  }
}
