/** What exists only while a node leads: the followers' progress, the reads being confirmed, what is uncommitted. */
import { committable } from "./commit-rule.ts";
import type { LogTerms } from "./log-terms.ts";
import type { Body, NodeId, Outgoing } from "./message.ts";
import { MAX_MESSAGE_BYTES, Progress } from "./progress.ts";
import { majority } from "./quorum.ts";
import { ReadIndex } from "./read-index.ts";

/** Proposed and not yet settled: what a leader without a quorum, or with a disk that hangs, can pile up. */
export const MAX_UNSETTLED_BYTES = 16 * 1024 * 1024;
export const MAX_UNSETTLED_ENTRIES = 16_384;

export class Leadership {
  readonly id: NodeId;
  readonly term: number;
  readonly followers: ReadonlyMap<NodeId, Progress>;
  readonly reads = new ReadIndex();
  /** The leader's own last durable index. durable <= log.lastIndex */
  durable: number;
  /** Committed, and on the leader's own disk, up to here. What earlier leaders left counts as settled: it was bounded by them. */
  #settled: number;
  /** Of the entries above #settled. <= MAX_UNSETTLED_BYTES */
  #unsettledBytes = 0;

  constructor(id: NodeId, term: number, voters: readonly NodeId[], lastIndex: number, durable: number) {
    this.id = id;
    this.term = term;
    this.durable = durable;
    this.#settled = lastIndex;
    this.followers = new Map(
      voters.filter((voter) => voter !== id).map((voter) => [voter, new Progress(lastIndex + 1)]),
    );
  }

  heartbeat(): void {
    for (const progress of this.followers.values()) progress.heartbeatDue = true;
  }

  /** Whether a majority was heard from since the last call (dissertation, section 6.2). */
  checkQuorum(): boolean {
    let active = 1;
    for (const progress of this.followers.values()) {
      if (progress.active) active++;
      progress.active = false;
    }
    return active >= majority(this.followers.size + 1);
  }

  /** Whether there is room for one more entry, of `bytes`. */
  admits(bytes: number, log: LogTerms): boolean {
    return log.lastIndex - this.#settled < MAX_UNSETTLED_ENTRIES && this.#unsettledBytes + bytes <= MAX_UNSETTLED_BYTES;
  }

  proposed(bytes: number): void {
    this.#unsettledBytes += bytes;
  }

  /** The new commit index, given the present one. */
  commit(log: LogTerms, commit: number): number {
    const matches = [this.durable];
    for (const progress of this.followers.values()) matches.push(progress.match);
    const committed = committable(matches, log, this.term, commit);
    while (this.#settled < Math.min(committed, this.durable)) {
      this.#settled += 1;
      this.#unsettledBytes -= log.size(this.#settled);
    }
    return committed;
  }

  confirmedReads() {
    const rounds = [this.reads.round];
    for (const progress of this.followers.values()) rounds.push(progress.round);
    return this.reads.confirmed(rounds);
  }

  /** Takes the answer to an AppendEntries. True when the follower's match may have grown. */
  answered(from: NodeId, reply: Body & { readonly type: "AppendEntriesReply" }, log: LogTerms): boolean {
    const progress = this.followers.get(from);
    if (progress === undefined) return false;
    progress.active = true;
    progress.round = Math.max(progress.round, reply.round);
    if (reply.success) {
      progress.acknowledged(Math.min(reply.match, log.lastIndex));
      return true;
    }
    if (progress.concerns(reply.match)) progress.probe(this.#nextAfterRefusal(reply, log));
    return false;
  }

  /** Paper, end of section 5.3: one refusal per conflicting term at most. */
  #nextAfterRefusal(reply: Body & { readonly type: "AppendEntriesReply" }, log: LogTerms): number {
    const { conflictTerm, conflictIndex } = reply;
    if (conflictTerm === 0) return Math.min(conflictIndex, log.lastIndex + 1);
    // Entries of the conflict's term or earlier may match as far as both logs have them; later terms cannot.
    const candidate = Math.min(log.lastNotAfterTerm(conflictTerm), reply.match - 1);
    return log.term(candidate) === conflictTerm ? candidate + 1 : Math.min(conflictIndex, candidate + 1);
  }

  /** All that may be sent now: entries within each follower's window, and what heartbeats are owed. */
  sends(log: LogTerms, commit: number): Outgoing[] {
    const sends: Outgoing[] = [];
    const { round } = this.reads;
    for (const [to, progress] of this.followers) {
      while (progress.windowOpen && progress.next <= log.lastIndex) {
        const { last, bytes } = log.fitting(progress.next, log.lastIndex, MAX_MESSAGE_BYTES);
        sends.push(this.#append(to, progress.next, last, log, commit));
        progress.sent(last, bytes, round);
      }
      if (progress.owes(round)) {
        const none = progress.next - 1;
        sends.push(this.#append(to, progress.next, none, log, commit));
        progress.sent(none, 0, round);
      }
    }
    return sends;
  }

  #append(to: NodeId, first: number, last: number, log: LogTerms, commit: number): Outgoing {
    return {
      type: "AppendRange",
      from: this.id,
      to,
      term: this.term,
      previousIndex: first - 1,
      previousTerm: log.term(first - 1) ?? 0,
      commit,
      round: this.reads.round,
      first,
      last,
    };
  }
}
