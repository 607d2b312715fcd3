/** What a member does at a leader's word: takes its entries, or its snapshot, and says how far the logs are known to agree. */
import type { MemberLog, Snapshot } from "./member-log.ts";
import type { Body, Message, NodeId } from "./message.ts";
import type { Outbox } from "./outbox.ts";

type From<T extends Body["type"]> = Extract<Message, { readonly type: T }>;

export class Following {
  readonly #log: MemberLog;
  readonly #outbox: Outbox;
  /** As in membership.ts. */
  readonly #disk: string;

  constructor(log: MemberLog, outbox: Outbox, disk: string) {
    this.#log = log;
    this.#outbox = outbox;
    this.#disk = disk;
  }

  appendEntries(message: From<"AppendEntries">): void {
    const { from, term, commit, round } = message;
    const matching = this.#log.follow(message);
    if (!matching.matched) return this.#refuse(message, matching.conflictTerm, matching.conflictIndex);
    const { match } = matching;
    // Only up to `match` is known to be the leader's log; a suffix beyond may be stale (figure 2, AppendEntries, step 5).
    this.#log.commitTo(Math.min(commit, match));
    this.#acknowledge(from, term, match, round);
  }

  #refuse(
    { from, term, previousIndex, round }: From<"AppendEntries">,
    conflictTerm: number,
    conflictIndex: number,
  ): void {
    const refusal = { success: false, match: previousIndex, round, conflictTerm, conflictIndex };
    this.#outbox.promise(from, term, { type: "AppendEntriesReply", disk: this.#disk, ...refusal });
  }

  /** A snapshot is of committed entries: it is wanted only when they are not all here. */
  installSnapshot({ from, term, index, snapshotTerm, round }: From<"InstallSnapshot">): void {
    if (this.#log.has({ index, term: snapshotTerm })) this.#log.commitTo(index);
    if (index > this.#log.commit) this.#outbox.offer({ from, index, term: snapshotTerm });
    // What is committed is in the log of every later leader.
    this.#acknowledge(from, term, this.#log.commit, round);
  }

  /** @param leader who leads now, and hears of it. @returns whether it went beyond what is committed, and was taken. */
  restore(snapshot: Snapshot, leader: NodeId | null, term: number): boolean {
    if (snapshot.index <= this.#log.commit) return false;
    this.#log.restore(snapshot);
    if (leader !== null) this.#acknowledge(leader, term, snapshot.index, 0);
    return true;
  }

  #acknowledge(leader: NodeId, term: number, match: number, round: number): void {
    const agreement = { success: true, match, round, conflictTerm: 0, conflictIndex: 0 };
    this.#outbox.promise(leader, term, { type: "AppendEntriesReply", disk: this.#disk, ...agreement });
  }
}
