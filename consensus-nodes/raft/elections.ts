/**
 * Who leads, and in which term: this member's term and vote, its timeouts, the votes it asks for and gives. Pre-vote after
 * Ongaro's dissertation, section 9.6; a vote is also refused while a leader is heard from (section 4.2.3).
 *
 *     follower --timeout--> preCandidate --majority of pre-votes--> candidate --majority of votes--> leader
 *         ^---------- a leader, or a newer term, is heard of ----------'-----------------------------'
 */
import { ElectionTimer } from "./election-timer.ts";
import { invariant } from "./invariant.ts";
import type { MemberLog } from "./member-log.ts";
import { FOUNDERS_DISK, memberOf, type PlacedConfiguration } from "./membership.ts";
import type { Body, HardState, Message, NodeId } from "./message.ts";
import type { Outbox } from "./outbox.ts";
import { majority } from "./quorum.ts";
import type { RaftConfiguration } from "./raft-configuration.ts";
import type { Role } from "./ready.ts";

type From<T extends Body["type"]> = Extract<Message, { readonly type: T }>;

export class Elections {
  readonly #id: NodeId;
  readonly #disk: string;
  readonly #log: MemberLog;
  readonly #outbox: Outbox;
  readonly #timer: ElectionTimer;
  readonly #onWon: () => void;
  #term: number;
  #vote: NodeId | null;
  /** #term or #vote changed since they were taken last. */
  #changed = false;
  #role: Role = "follower";
  #leader: NodeId | null = null;
  /** Who granted the vote or pre-vote that is being asked for. */
  #granted = new Set<NodeId>();

  constructor(
    configuration: RaftConfiguration,
    { term, vote }: HardState,
    log: MemberLog,
    outbox: Outbox,
    onWon: () => void,
  ) {
    this.#id = configuration.id;
    this.#disk = configuration.disk ?? FOUNDERS_DISK;
    this.#log = log;
    this.#outbox = outbox;
    this.#timer = new ElectionTimer(configuration);
    this.#onWon = onWon;
    this.#term = term;
    this.#vote = vote;
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

  get hasChanged(): boolean {
    return this.#changed;
  }

  /** A leader was heard from within the shortest election timeout: whoever asks for votes is the one cut off. */
  get hearsLeader(): boolean {
    if (this.#role !== "leader" && this.#timer.bound) return true;
    return this.#leader !== null && (this.#role === "leader" || !this.#timer.silent);
  }

  /** Time passes by one tick, at a member that does not lead. */
  tick(): void {
    this.#timer.tick();
    // Giving up before anyone was asked would leave a member whose disk is slower than an election for ever a candidate.
    const awaitsOwnVote = this.#role === "candidate" && !this.#granted.has(this.#id);
    if (this.#timer.expired && !awaitsOwnVote && !this.#timer.bound) this.#askForPreVotes();
  }

  /** A leader is known, and its silence would be noticed later than in so many ticks. */
  isCalm(ticks: number): boolean {
    return this.#role === "follower" && this.#leader !== null && this.#timer.left > ticks;
  }

  disconnected(node: NodeId): void {
    if (this.#leader !== node || this.#role !== "follower") return;
    this.#knowLeader(null);
    this.#timer.hasten();
  }

  /**
   * Follows `leader`, or nobody yet, in `term`, this one or a newer. Whoever leads a term has all the votes of it that matter, and
   * this one too: so a member that lost its disk, and was admitted anew, votes for nobody else in a term in which it took part.
   */
  follow(term: number, leader: NodeId | null): void {
    const knows = this.#role === "follower" && this.#leader === leader && leader !== null;
    this.#role = "follower";
    if (term !== this.#term || (leader !== null && this.#vote === null)) this.#setTerm(term, leader);
    if (leader !== null) this.#timer.heard();
    if (knows) this.#timer.rewind();
    else this.#timer.restart();
    this.#knowLeader(leader);
  }

  /** What has to go to disk next; undefined when nothing changed. */
  takeHardState(): HardState | undefined {
    const hardState = this.#changed ? { term: this.#term, vote: this.#vote } : undefined;
    this.#changed = false;
    return hardState;
  }

  /** Only a vote for oneself that is on disk counts, and only then are the others asked. */
  persisted({ term, vote }: HardState): void {
    if (this.#role !== "candidate" || term !== this.#term || vote !== this.#id) return;
    this.#timer.restart();
    this.#countVote(this.#id);
  }

  stepPreVote({ from, term, ...end }: From<"PreVote">): void {
    const granted =
      term > this.#term &&
      this.#isMember &&
      !this.hearsLeader &&
      this.#log.isCoveredBy(end) &&
      !(this.#id < from && this.#isRival(end));
    this.#outbox.promise(from, granted ? term : this.#term, { type: "PreVoteReply", granted });
  }

  /** Granted replies bear the term that was asked for. */
  stepPreVoteGranted({ from, term }: From<"PreVoteReply">): void {
    if (this.#role === "preCandidate" && term === this.#term + 1) this.#countPreVote(from);
  }

  stepRequestVote({ from, transfer, ...end }: From<"RequestVote">): void {
    const free = this.#vote === from || (this.#vote === null && (transfer || !this.#timer.bound));
    const granted = free && this.#isMember && this.#log.isCoveredBy(end);
    if (granted) {
      if (this.#vote === null) this.#setTerm(this.#term, from);
      this.#role = "follower";
      this.#timer.restart();
    }
    this.#outbox.promise(from, this.#term, { type: "RequestVoteReply", granted });
  }

  stepRequestVoteReply({ from, granted }: From<"RequestVoteReply">): void {
    if (this.#role !== "candidate") return;
    if (granted) this.#countVote(from);
    // Another stands too, and the votes may be split: then the next attempt need not wait for a whole timeout.
    else this.#timer.shorten();
  }

  /** The leader hands over to this member. */
  stepTimeoutNow({ from }: From<"TimeoutNow">): void {
    if (this.#role !== "follower" || this.#leader !== from) return;
    if (!this.#hasVote(this.#log.configurations.newest)) return;
    this.#knowLeader(null);
    this.#becomeCandidate(true);
  }

  #askForPreVotes(): void {
    if (!this.#mayStand) return;
    this.#outbox.event({ type: "electionTimeout" });
    this.#role = "preCandidate";
    this.#knowLeader(null);
    this.#timer.restart();
    this.#granted = new Set();
    for (const to of this.#voters) {
      if (to !== this.#id) this.#outbox.send(to, this.#term + 1, { type: "PreVote", ...this.#log.end });
    }
    // Nothing is promised by a pre-vote, so one's own needs no disk.
    this.#countPreVote(this.#id);
  }

  /**
   * Whether both ask each other in the same tick, with equal logs. The one of the higher id yields: else both would stand, each
   * with its own vote, and nobody lead for another timeout. From the next tick on it is granted, so that nobody waits for long.
   */
  #isRival({ lastIndex, lastTerm }: { readonly lastIndex: number; readonly lastTerm: number }): boolean {
    const { end } = this.#log;
    const isEqual = end.lastIndex === lastIndex && end.lastTerm === lastTerm;
    return this.#role === "preCandidate" && this.#timer.fresh && isEqual;
  }

  #countPreVote(from: NodeId): void {
    this.#granted.add(from);
    if (this.#hasMajority()) this.#becomeCandidate();
  }

  /** By the newest configuration in this member's own log; whoever else granted a vote does not count. */
  #hasMajority(): boolean {
    const voters = this.#voters;
    return voters.filter((voter) => this.#granted.has(voter)).length >= majority(voters.length);
  }

  /** Not so for a node that is to join, perhaps anew, until it has read of that: what it may have promised before, it does not know. */
  get #isMember(): boolean {
    return this.#log.configurations.all.some(({ configuration }) => memberOf(configuration, this.#id, this.#disk));
  }

  #hasVote({ configuration }: PlacedConfiguration): boolean {
    return memberOf(configuration, this.#id, this.#disk)?.voter === true;
  }

  /**
   * Who was removed stands too, without a vote of its own, until that is known to be committed: it may be the only one whose log
   * goes so far that the others elect it (dissertation, section 4.2.2).
   */
  get #mayStand(): boolean {
    const { configurations, commit } = this.#log;
    return configurations.since(commit).some((placed) => this.#hasVote(placed));
  }

  get #voters(): readonly NodeId[] {
    return this.#log.configurations.newest.voters;
  }

  #becomeCandidate(transfer = false): void {
    this.#role = "candidate";
    this.#setTerm(this.#term + 1, this.#id);
    this.#timer.restart();
    this.#granted = new Set();
    // Asked only once the vote for oneself is on disk: a crash in between must not free it for another.
    for (const to of this.#voters) {
      if (to !== this.#id) this.#outbox.promise(to, this.#term, { type: "RequestVote", ...this.#log.end, transfer });
    }
  }

  #countVote(from: NodeId): void {
    this.#granted.add(from);
    if (!this.#hasMajority()) return;
    this.#role = "leader";
    this.#outbox.event({ type: "becameLeader", term: this.#term, votes: this.#granted.size });
    this.#knowLeader(this.#id);
    this.#onWon();
  }

  /** A newer term, or the vote of this one. */
  #setTerm(term: number, vote: NodeId | null): void {
    const isNews = term > this.#term || (term === this.#term && this.#vote === null);
    invariant(isNews, () => `term ${this.#term} with vote ${this.#vote} became ${term} with ${vote}`);
    this.#term = term;
    this.#vote = vote;
    this.#changed = true;
  }

  #knowLeader(leader: NodeId | null): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#outbox.event({ type: "leaderKnown", leader });
  }
}
