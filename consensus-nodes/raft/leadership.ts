/** What exists only while a node leads: the followers' progress, the reads being confirmed, what is not settled yet. */
import { committable } from "./commit-rule.ts";
import { invariant } from "./invariant.ts";
import type { LogTerms } from "./log-terms.ts";
import type { MemberLog } from "./member-log.ts";
import type { Body, NodeId, Outgoing } from "./message.ts";
import { MAX_MESSAGE_BYTES, Progress } from "./progress.ts";
import { majority } from "./quorum.ts";
import type { RaftConfiguration } from "./raft-configuration.ts";
import { type ConfirmedRead, ReadIndex } from "./read-index.ts";

/** Proposed and not yet settled: what a leader without a quorum, or with a disk that hangs, can pile up. */
export const MAX_UNSETTLED_BYTES = 16 * 1024 * 1024;
export const MAX_UNSETTLED_ENTRIES = 16_384;

type AppendEntriesReply = Extract<Body, { readonly type: "AppendEntriesReply" }>;

export class Leadership {
  readonly reads = new ReadIndex();
  readonly #id: NodeId;
  readonly #term: number;
  readonly #timing: Pick<RaftConfiguration, "electionTicks" | "heartbeatTicks">;
  readonly #log: MemberLog;
  readonly #terms: LogTerms;
  readonly #followers: ReadonlyMap<NodeId, Progress>;
  #ticks = 0;
  /** Committed, and on the leader's own disk, up to here. What earlier leaders left counts as settled: it was bounded by them. */
  #settled: number;
  /** Of the entries above #settled. <= MAX_UNSETTLED_BYTES */
  #unsettledBytes = 0;

  constructor(configuration: RaftConfiguration, term: number, log: MemberLog) {
    const { id, voters } = configuration;
    this.#id = id;
    this.#term = term;
    this.#timing = configuration;
    this.#log = log;
    this.#terms = log.terms;
    this.#settled = log.lastIndex;
    const others = voters.filter((voter) => voter !== id);
    this.#followers = new Map(others.map((voter) => [voter, new Progress(log.lastIndex + 1)]));
  }

  /** False when no majority was heard from for an election timeout (dissertation, section 6.2). */
  tick(): boolean {
    const { electionTicks, heartbeatTicks } = this.#timing;
    this.#ticks += 1;
    if (this.#ticks % heartbeatTicks === 0) {
      for (const progress of this.#followers.values()) progress.heartbeatDue = true;
    }
    return this.#ticks % electionTicks !== 0 || this.#heardFromMajority();
  }

  /** The connection to a follower broke: what is under way to it is lost. */
  disconnected(follower: NodeId): void {
    this.#followers.get(follower)?.probe(0);
  }

  /** Appends one entry. @returns its index; undefined when too much is unsettled. */
  propose(kind: number, time: number, data: Uint8Array): number | undefined {
    if (this.#log.lastIndex - this.#settled >= MAX_UNSETTLED_ENTRIES) return undefined;
    if (this.#unsettledBytes + data.length > MAX_UNSETTLED_BYTES) return undefined;
    this.#unsettledBytes += data.length;
    return this.#log.append(this.#term, kind, time, data);
  }

  /** The new commit index, given the present one. */
  commit(commit: number): number {
    const { durable } = this.#log;
    const matches = [durable];
    for (const progress of this.#followers.values()) matches.push(progress.match);
    const committed = committable(matches, this.#terms, this.#term, commit);
    while (this.#settled < Math.min(committed, durable)) {
      this.#settled += 1;
      this.#unsettledBytes -= this.#terms.size(this.#settled);
    }
    return committed;
  }

  confirmedReads(): readonly ConfirmedRead[] {
    const rounds = [this.reads.round];
    for (const progress of this.#followers.values()) rounds.push(progress.round);
    return this.reads.confirmed(rounds);
  }

  answered(from: NodeId, reply: AppendEntriesReply): void {
    const progress = this.#followers.get(from);
    if (progress === undefined) return;
    const { lastIndex } = this.#log;
    invariant(reply.match <= lastIndex, () => `${from} answers for ${reply.match}, the log ends at ${lastIndex}`);
    progress.active = true;
    progress.round = Math.max(progress.round, reply.round);
    if (reply.success) progress.acknowledged(reply.match);
    else if (progress.concerns(reply.match)) progress.probe(this.#nextAfterRefusal(reply));
  }

  /** All that may be sent now: entries within each follower's window, and what messages are owed beside them. */
  sends(commit: number): Outgoing[] {
    const sends: Outgoing[] = [];
    const { round } = this.reads;
    const { lastIndex } = this.#terms;
    for (const [to, progress] of this.#followers) {
      while (progress.windowOpen && progress.next <= lastIndex) {
        const { last, bytes } = this.#terms.fitting(progress.next, lastIndex, MAX_MESSAGE_BYTES);
        sends.push(this.#append(to, progress.next, last, commit));
        progress.sent(last, bytes, round);
      }
      if (progress.owes(round)) {
        const none = progress.next - 1;
        sends.push(this.#append(to, progress.next, none, commit));
        progress.sent(none, 0, round);
      }
    }
    return sends;
  }

  /** Since the last call. */
  #heardFromMajority(): boolean {
    let active = 1;
    for (const progress of this.#followers.values()) {
      if (progress.active) active++;
      progress.active = false;
    }
    return active >= majority(this.#followers.size + 1);
  }

  /** Paper, end of section 5.3: one refusal per conflicting term at most. */
  #nextAfterRefusal({ conflictTerm, conflictIndex, match: refused }: AppendEntriesReply): number {
    if (conflictTerm === 0) return Math.min(conflictIndex, this.#terms.lastIndex + 1);
    // Entries of the conflict's term or earlier may match as far as both logs have them; later terms cannot.
    const candidate = Math.min(this.#terms.lastNotAfterTerm(conflictTerm), refused - 1);
    const sameTerm = this.#terms.term(candidate) === conflictTerm;
    return sameTerm ? candidate + 1 : Math.min(conflictIndex, candidate + 1);
  }

  #append(to: NodeId, first: number, last: number, commit: number): Outgoing {
    return {
      type: "AppendRange",
      from: this.#id,
      to,
      term: this.#term,
      previousIndex: first - 1,
      previousTerm: this.#terms.term(first - 1) ?? 0,
      commit,
      round: this.reads.round,
      first,
      last,
    };
  }
}
