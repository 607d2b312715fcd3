/**
 * This member's log: what it holds, what of it still waits to be handed out, and how much is known to be on disk.
 *
 *     1 . . . . durable . . . . . . lastIndex
 *               | handed out | waiting |
 */
import { invariant } from "./invariant.ts";
import { LogTerms, type TermRun } from "./log-terms.ts";
import type { Body, Entry } from "./message.ts";

type Append = Extract<Body, { readonly type: "AppendEntries" }>;

/** Matched: up to and with `match` this log is the leader's. Else where they differ, as in AppendEntriesReply. */
export type Matching =
  | { readonly matched: true; readonly match: number }
  | { readonly matched: false; readonly conflictTerm: number; readonly conflictIndex: number };

export class MemberLog {
  readonly terms: LogTerms;
  #durable: number;
  /** The end of the log, from the first entry that no Ready has handed out. */
  #waiting: Entry[] = [];

  constructor(base: TermRun, terms: readonly TermRun[], sizes: Iterable<number>) {
    this.terms = new LogTerms(base, terms, sizes);
    this.#durable = this.terms.lastIndex;
  }

  get lastIndex(): number {
    return this.terms.lastIndex;
  }

  /** Up to here the log, as it is now, is on disk. durable <= lastIndex */
  get durable(): number {
    const { lastIndex } = this.terms;
    invariant(this.#durable <= lastIndex, () => `${this.#durable} entries are on disk, the log has ${lastIndex}`);
    return this.#durable;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** What a candidate tells of its log. */
  get end(): { readonly lastIndex: number; readonly lastTerm: number } {
    const { lastIndex, lastTerm } = this.terms;
    return { lastIndex, lastTerm };
  }

  /** Whether a log with such an end is at least as up to date as this one (paper, section 5.4.1). */
  isCoveredBy({ lastIndex, lastTerm }: { readonly lastIndex: number; readonly lastTerm: number }): boolean {
    const own = this.terms;
    return lastTerm > own.lastTerm || (lastTerm === own.lastTerm && lastIndex >= own.lastIndex);
  }

  /** Appends an entry of this member, the leader. @returns its index */
  append(term: number, kind: number, time: number, data: Uint8Array): number {
    const index = this.terms.append(term, data.length);
    this.#waiting.push({ index, term, kind, time, data });
    return index;
  }

  /** Takes what a leader sent, when the entry before it matches (paper, section 5.3). */
  follow({ previousIndex, previousTerm, entries }: Append, commit: number): Matching {
    const { terms } = this;
    if (previousIndex > terms.lastIndex) {
      return { matched: false, conflictTerm: 0, conflictIndex: terms.lastIndex + 1 };
    }
    const conflictTerm = terms.term(previousIndex);
    // Before the base all is committed, so it matches.
    if (conflictTerm !== undefined && conflictTerm !== previousTerm) {
      const found = () =>
        `committed entry ${previousIndex} of term ${conflictTerm} is of ${previousTerm} at the leader`;
      invariant(previousIndex > commit, found);
      return { matched: false, conflictTerm, conflictIndex: terms.firstOfTermAt(previousIndex) };
    }
    let match = previousIndex;
    for (const entry of entries) {
      match += 1;
      invariant(entry.index === match, () => `entries must be consecutive: expected ${match}, found ${entry.index}`);
      this.#take(entry, commit);
    }
    return { matched: true, match };
  }

  /** What has to go to disk next; an entry at or below the last index replaces the suffix from there. */
  takeWaiting(): readonly Entry[] {
    const entries = this.#waiting;
    this.#waiting = [];
    return entries;
  }

  /** Entries that takeWaiting gave are on disk. */
  persisted(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    // One that was replaced since is no longer this log's.
    if (last !== undefined && this.terms.term(last.index) === last.term) {
      this.#durable = Math.max(this.#durable, last.index);
    }
  }

  #take(entry: Entry, commit: number): void {
    const { index, term, data } = entry;
    const own = this.terms.term(index);
    // What agrees stays, and so does what is beyond it: the message may be an old one (figure 2, AppendEntries, step 3).
    if (own === term || index <= this.terms.base.index) return;
    if (own !== undefined) {
      invariant(index > commit, () => `committed entry ${index} of term ${own} would be replaced by one of ${term}`);
      this.terms.truncateFrom(index);
      this.#waiting = this.#waiting.filter((waiting) => waiting.index < index);
      this.#durable = Math.min(this.#durable, index - 1);
    }
    this.terms.append(term, data.length);
    this.#waiting.push(entry);
  }
}
