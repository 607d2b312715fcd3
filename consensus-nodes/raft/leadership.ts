/** What exists only while a node leads: the followers' progress, the reads being confirmed, what is not settled yet. */
import { committable } from "./commit-rule.ts";
import { EagerFollowers } from "./eager-followers.ts";
import { invariant } from "./invariant.ts";
import { Lease } from "./lease.ts";
import type { LogTerms } from "./log-terms.ts";
import type { MemberLog } from "./member-log.ts";
import { FOUNDERS_DISK, memberOf } from "./membership.ts";
import type { Body, NodeId, Outgoing } from "./message.ts";
import { MAX_MESSAGE_BYTES, Progress } from "./progress.ts";
import { majority, reachedByMajority } from "./quorum.ts";
import type { RaftConfiguration } from "./raft-configuration.ts";
import { type ConfirmedRead, ReadIndex } from "./read-index.ts";
import { Transfer } from "./transfer.ts";

/** Proposed and not yet settled: what a leader without a quorum, or with a disk that hangs, can pile up. */
export const MAX_UNSETTLED_BYTES = 16 * 1024 * 1024;
export const MAX_UNSETTLED_ENTRIES = 16_384;

/** Of a follower, as its leader knows it. */
export interface FollowerProgress {
  readonly id: NodeId;
  /** What it has on disk, and what it is sent next. match < next */
  readonly match: number;
  readonly next: number;
  readonly state: Progress["state"];
  /** Checks of the quorum since it was heard from; there is one per election timeout. */
  readonly silence: number;
}

type AppendEntriesReply = Extract<Body, { readonly type: "AppendEntriesReply" }>;

export class Leadership {
  readonly reads = new ReadIndex();
  readonly #id: NodeId;
  readonly #term: number;
  readonly #timing: Pick<RaftConfiguration, "electionTicks" | "heartbeatTicks">;
  readonly #log: MemberLog;
  readonly #terms: LogTerms;
  /** All members but this one. */
  #followers: ReadonlyMap<NodeId, Progress> = new Map();
  #placedAt = -1;
  readonly #eager = new EagerFollowers();
  /** The last round that a majority has confirmed. */
  #confirmedRound = 0;
  readonly #lease: Lease | undefined;
  #transfer: Transfer | undefined;
  #ticks = 0;
  /** Committed, and on the leader's own disk, up to here. What earlier leaders left counts as settled: it was bounded by them. */
  #settled: number;
  /** Of the entries above #settled. <= MAX_UNSETTLED_BYTES */
  #unsettledBytes = 0;

  constructor(configuration: RaftConfiguration, term: number, log: MemberLog) {
    this.#id = configuration.id;
    this.#term = term;
    this.#timing = configuration;
    this.#log = log;
    this.#terms = log.terms;
    this.#settled = log.lastIndex;
    const { lease, electionTicks } = configuration;
    this.#lease = lease && new Lease(electionTicks, lease.driftPercent);
    this.#recruit();
  }

  /**
   * @param now as of lease.ts; without it there is none.
   * @returns false when no majority was heard from for an election timeout (dissertation, section 6.2).
   */
  tick(now: number | undefined): boolean {
    const { electionTicks, heartbeatTicks } = this.#timing;
    this.#ticks += 1;
    if (this.#ticks % heartbeatTicks === 0) {
      for (const progress of this.#followers.values()) progress.heartbeatDue = true;
      this.#transfer?.heartbeat();
      if (now !== undefined) this.#lease?.began(this.reads.next(), now);
    }
    this.#spread();
    this.#transfer?.tick();
    if (this.#transfer?.expired) this.#transfer = undefined;
    return this.#ticks % electionTicks !== 0 || this.#heardFromMajority();
  }

  /** All is committed, everybody who is there has it, and nobody is about to take over. */
  get calm(): boolean {
    const { commit, lastIndex } = this.#log;
    if (commit !== lastIndex || this.#transfer !== undefined) return false;
    return [...this.#followers.values()].every(({ match, silence }) => match === lastIndex || silence > 0);
  }

  /** The connection to a follower broke: what is under way to it is lost. */
  disconnected(follower: NodeId): void {
    this.#followers.get(follower)?.probe(0);
    this.#eager.lost();
  }

  /** A read waits at the follower for what is committed now. */
  hasten(follower: NodeId): void {
    if (this.#followers.has(follower)) this.#eager.hasten(follower);
  }

  /** The highest index that a follower is known to have on disk; undefined when it is none. */
  match(id: NodeId): number | undefined {
    return id === this.#id ? this.#log.durable : this.#followers.get(id)?.match;
  }

  get progress(): readonly FollowerProgress[] {
    return [...this.#followers].map(([id, { match, next, state, silence }]) => ({ id, match, next, state, silence }));
  }

  /** The newest configuration is committed, and this leader no voter in it: it has no more to do (dissertation, section 4.2.2). */
  get over(): boolean {
    const { index, voters } = this.#log.configurations.newest;
    return index <= this.#log.commit && !voters.includes(this.#id);
  }

  /** Takes no proposals, for another is to lead soon. */
  get transferring(): boolean {
    return this.#transfer !== undefined;
  }

  /** Begins to hand over. False when `to` cannot lead, or another one is about to. */
  transfer(to: NodeId): boolean {
    if (this.#transfer !== undefined) return this.#transfer.to === to;
    if (to === this.#id || !this.#log.configurations.newest.voters.includes(to)) return false;
    this.#transfer = new Transfer(to, this.#timing.electionTicks);
    return true;
  }

  /** Appends one entry. @returns its index; undefined when too much is unsettled. */
  propose(kind: number, time: number, data: Uint8Array): number | undefined {
    if (this.#log.lastIndex - this.#settled >= MAX_UNSETTLED_ENTRIES) return undefined;
    if (this.#unsettledBytes + data.length > MAX_UNSETTLED_BYTES) return undefined;
    this.#unsettledBytes += data.length;
    const index = this.#log.append(this.#term, kind, time, data);
    this.#recruit();
    return index;
  }

  /** Commits what may be. To be told whenever more is durable, here or elsewhere. */
  commit(): void {
    const { durable, commit } = this.#log;
    const matches = this.#ofVoters(durable, ({ match }) => match);
    this.#log.commitTo(committable(matches, this.#terms, this.#term, commit));
    while (this.#settled < Math.min(this.#log.commit, durable)) {
      this.#settled += 1;
      this.#unsettledBytes -= this.#terms.size(this.#settled);
    }
  }

  confirmedReads(): readonly ConfirmedRead[] {
    this.#confirmedRound = reachedByMajority(this.#ofVoters(this.reads.round, ({ round }) => round));
    this.#lease?.confirmed(this.#confirmedRound);
    return this.reads.confirmed(this.#confirmedRound);
  }

  /** Whether nobody else leads at `now`. */
  holdsLease(now: number): boolean {
    return this.#lease?.holds(now) ?? false;
  }

  answered(from: NodeId, reply: AppendEntriesReply): void {
    const progress = this.#followers.get(from);
    // Under the id of a member that lost its disk another may answer, to a leader that has not heard of that.
    const { configuration } = this.#log.configurations.newest;
    if (progress === undefined || memberOf(configuration, from, reply.disk ?? FOUNDERS_DISK) === undefined) return;
    const { lastIndex } = this.#log;
    invariant(reply.match <= lastIndex, () => `${from} answers for ${reply.match}, the log ends at ${lastIndex}`);
    progress.silence = 0;
    progress.round = Math.max(progress.round, reply.round);
    if (reply.success) progress.acknowledged(reply.match);
    else if (progress.concerns(reply.match)) progress.probe(this.#nextAfterRefusal(reply));
  }

  /** All that may be sent now: entries within each follower's window, and what messages are owed beside them. */
  sends(): Outgoing[] {
    const sends: Outgoing[] = [];
    const { round } = this.reads;
    const { lastIndex, base } = this.#terms;
    const newest = { index: lastIndex, round };
    for (const [to, progress] of this.#followers) {
      if (progress.next <= base.index) progress.needSnapshot(base.index);
      const limit = to === this.#transfer?.to ? newest : this.#eager.limit(to, progress, newest);
      while (progress.windowOpen && progress.next <= limit.index) {
        const { last, bytes } = this.#terms.fitting(progress.next, limit.index, MAX_MESSAGE_BYTES);
        sends.push(this.#append(to, progress.next, last));
        progress.sent(last, bytes, round);
      }
      if (progress.owes(limit.round)) {
        const none = progress.next - 1;
        sends.push(progress.state === "snapshot" ? this.#offer(to) : this.#append(to, progress.next, none));
        progress.sent(none, 0, round);
      }
      if (to === this.#transfer?.to && this.#transfer.take(progress.match === lastIndex)) {
        this.#lease?.end();
        sends.push({ type: "TimeoutNow", from: this.#id, to, term: this.#term });
      }
    }
    this.#eager.told();
    return sends;
  }

  /** What is new by now goes to everybody. */
  #spread(): void {
    const { lastIndex: index, commit } = this.#log;
    const { voters } = this.#log.configurations.newest;
    const wanted = majority(voters.length) - (voters.includes(this.#id) ? 1 : 0);
    const newest = { index, round: this.reads.round };
    this.#eager.tick(
      newest,
      { index: commit, round: this.#confirmedRound },
      { followers: this.#followers, voters, wanted },
    );
  }

  /** Everyone who is in the newest configuration is a follower, committed or not. */
  #recruit(): void {
    const { index, configuration } = this.#log.configurations.newest;
    if (index === this.#placedAt) return;
    this.#placedAt = index;
    const others = configuration.members.filter(({ id }) => id !== this.#id);
    const { lastIndex } = this.#log;
    this.#followers = new Map(others.map(({ id }) => [id, this.#followers.get(id) ?? new Progress(lastIndex + 1)]));
  }

  /** One value per voter. A leader that is none any more does not count itself (dissertation, section 4.2.2). */
  #ofVoters(own: number, of: (progress: Progress) => number): number[] {
    const { voters } = this.#log.configurations.newest;
    return voters.map((voter) => {
      if (voter === this.#id) return own;
      const progress = this.#followers.get(voter);
      invariant(progress !== undefined, () => `voter ${voter} is no follower`);
      return of(progress);
    });
  }

  /** Since the last call. */
  #heardFromMajority(): boolean {
    const active = reachedByMajority(this.#ofVoters(1, ({ silence }) => (silence === 0 ? 1 : 0))) === 1;
    for (const progress of this.#followers.values()) progress.silence += 1;
    return active;
  }

  /** Paper, end of section 5.3: one refusal per conflicting term at most. */
  #nextAfterRefusal({ conflictTerm, conflictIndex, match: refused }: AppendEntriesReply): number {
    if (conflictTerm === 0) return Math.min(conflictIndex, this.#terms.lastIndex + 1);
    // Entries of the conflict's term or earlier may match as far as both logs have them; later terms cannot.
    const candidate = Math.min(this.#terms.lastNotAfterTerm(conflictTerm), refused - 1);
    const sameTerm = this.#terms.term(candidate) === conflictTerm;
    return sameTerm ? candidate + 1 : Math.min(conflictIndex, candidate + 1);
  }

  #append(to: NodeId, first: number, last: number): Outgoing {
    const previousIndex = first - 1;
    const previousTerm = this.#terms.term(previousIndex);
    invariant(previousTerm !== undefined, () => `entry ${previousIndex} is gone, ${to} needs what follows it`);
    const header = { previousIndex, previousTerm, commit: this.#log.commit, round: this.reads.round };
    return { type: "AppendRange", from: this.#id, to, term: this.#term, ...header, first, last };
  }

  #offer(to: NodeId): Outgoing {
    const { index, term: snapshotTerm } = this.#log.snapshot;
    const { round } = this.reads;
    return { type: "InstallSnapshot", from: this.#id, to, term: this.#term, index, snapshotTerm, round };
  }
}
