/**
 * This member's log: what it holds, what of it is committed, what still waits to be handed out, and how much is on disk.
 *
 *     snapshot covers |
 *        gone | base  | . . durable . . . . . . lastIndex
 *                           | handed out | waiting |
 */
import { ConfigurationLog } from "./configuration-log.ts";
import { invariant } from "./invariant.ts";
import { LogTerms, type TermRun } from "./log-terms.ts";
import { type Configuration, decodeConfiguration, type PlacedConfiguration } from "./membership.ts";
import { type Body, type Entry, EntryKind } from "./message.ts";

type Append = Extract<Body, { readonly type: "AppendEntries" }>;

/** Of a log, what was on disk at the start. */
export interface StoredLog {
  /** Index and term of the entry before the first, {0, 0} for a whole log. */
  readonly base: TermRun;
  /**
   * Of the last entry that the newest snapshot covers, 0 without one. base.index <= commit <= last index: a snapshot that goes
   * beyond the log, or ends with an entry of another term, took the log's place; the driver sees to that before.
   */
  readonly commit: number;
  /** What holds when no later one is in the log: that of the newest snapshot, or the founding one. */
  readonly configuration: Configuration;
  /** Of the entry that set it; 0 for the founding one. */
  readonly configurationIndex: number;
  /** Of the entries of kind `configuration` in the log, ascending. */
  readonly configurations: readonly PlacedConfiguration[];
  readonly terms: readonly TermRun[];
  /** Bytes of data, per entry. */
  readonly sizes: Iterable<number>;
}

/** A state that takes the place of the entries up to `index`. */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  /** As of `index`. */
  readonly configuration: Configuration;
  readonly configurationIndex: number;
}

/** Matched: up to and with `match` this log is the leader's. Else where they differ, as in AppendEntriesReply. */
export type Matching =
  | { readonly matched: true; readonly match: number }
  | { readonly matched: false; readonly conflictTerm: number; readonly conflictIndex: number };

export class MemberLog {
  readonly terms: LogTerms;
  readonly configurations: ConfigurationLog;
  /** base.index <= #snapshot.index <= #commit <= lastIndex */
  #commit: number;
  #snapshot: TermRun;
  #durable: number;
  /** The end of the log, from the first entry that no Ready has handed out. */
  #waiting: Entry[] = [];
  #restart: TermRun | undefined;

  constructor({ base, commit, configuration, configurationIndex, configurations, terms, sizes }: StoredLog) {
    this.terms = new LogTerms(base, terms, sizes);
    this.configurations = new ConfigurationLog({ index: configurationIndex, configuration }, configurations);
    const { newest } = this.configurations;
    const { lastIndex } = this.terms;
    const term = this.terms.term(commit);
    invariant(term !== undefined, () => `the snapshot ends at ${commit}, the log is ${base.index} to ${lastIndex}`);
    invariant(newest.index <= lastIndex, () => `a configuration at ${newest.index}, the log ends at ${lastIndex}`);
    this.#commit = commit;
    this.#snapshot = { index: commit, term };
    this.#durable = lastIndex;
  }

  get lastIndex(): number {
    return this.terms.lastIndex;
  }

  get commit(): number {
    return this.#commit;
  }

  /** The last entry that the newest durable snapshot covers; {0, 0} without one. */
  get snapshot(): TermRun {
    return this.#snapshot;
  }

  /** Up to here the log, as it is now, is on disk. base.index <= durable <= lastIndex */
  get durable(): number {
    const { lastIndex, base } = this.terms;
    invariant(
      base.index <= this.#durable && this.#durable <= lastIndex,
      () => `${this.#durable} entries are on disk, the log is ${base.index} to ${lastIndex}`,
    );
    return this.#durable;
  }

  /** Something has to go to disk. */
  get hasWaiting(): boolean {
    return this.#waiting.length > 0 || this.#restart !== undefined;
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
    const index = this.lastIndex + 1;
    this.#push({ index, term, kind, time, data });
    return index;
  }

  /** Takes what a leader sent, when the entry before it matches (paper, section 5.3). */
  follow({ previousIndex, previousTerm, entries }: Append): Matching {
    const { terms } = this;
    if (previousIndex > terms.lastIndex) {
      return { matched: false, conflictTerm: 0, conflictIndex: terms.lastIndex + 1 };
    }
    const conflictTerm = terms.term(previousIndex);
    // Before the base all is committed, so it matches.
    if (conflictTerm !== undefined && conflictTerm !== previousTerm) {
      const found = () =>
        `committed entry ${previousIndex} of term ${conflictTerm} is of ${previousTerm} at the leader`;
      invariant(previousIndex > this.#commit, found);
      return { matched: false, conflictTerm, conflictIndex: terms.firstOfTermAt(previousIndex) };
    }
    let match = previousIndex;
    for (const entry of entries) {
      match += 1;
      invariant(entry.index === match, () => `entries must be consecutive: expected ${match}, found ${entry.index}`);
      this.#take(entry);
    }
    return { matched: true, match };
  }

  /** All up to `index` is committed, if it was not before. */
  commitTo(index: number): void {
    invariant(index <= this.lastIndex, () => `commits ${index}, the log ends at ${this.lastIndex}`);
    this.#commit = Math.max(this.#commit, index);
  }

  /** What has to go to disk next, before the entries: the log begins anew after this one. */
  takeRestart(): TermRun | undefined {
    const restart = this.#restart;
    this.#restart = undefined;
    return restart;
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

  /** A snapshot is durable. One that is older than the newest is no news. */
  covered({ index, term, configurationIndex }: Snapshot): void {
    if (index < this.#snapshot.index) return;
    const own = this.terms.term(index);
    invariant(index <= this.#commit, () => `a snapshot ends at ${index}, committed is ${this.#commit}`);
    invariant(own === term, () => `entry ${index} is of term ${own}, in the snapshot of ${term}`);
    const placed = this.configurations.at(index).index;
    invariant(
      placed === configurationIndex,
      () => `as of ${index} the configuration is that of ${placed}, in the snapshot that of ${configurationIndex}`,
    );
    this.#snapshot = { index, term };
    this.configurations.compact(index);
    // What is not on disk as entries, is so in the snapshot.
    this.#durable = Math.max(this.#durable, index);
  }

  /** Entries up to `index`, all covered, are gone. */
  compact(index: number): void {
    const { base } = this.terms;
    if (index <= base.index) return;
    invariant(index <= this.#snapshot.index, () => `entry ${index} goes, the snapshot ends at ${this.#snapshot.index}`);
    const waiting = this.#waiting[0]?.index ?? Number.POSITIVE_INFINITY;
    invariant(index < waiting, () => `entry ${index} goes, and ${waiting} was not even handed out`);
    this.terms.compact(index);
  }

  /** Whether the entry that a snapshot ends with is in this log: so, by log matching, is all before it. */
  has({ index, term }: TermRun): boolean {
    return this.terms.term(index) === term;
  }

  /** A leader's snapshot, durable here, goes beyond what is committed: the log goes on after it, and keeps what agrees. */
  restore(snapshot: Snapshot): void {
    const { index, term, configuration, configurationIndex } = snapshot;
    invariant(index > this.#commit, () => `a snapshot ends at ${index}, and ${this.#commit} is committed`);
    if (!this.has(snapshot)) {
      // The log ends before `index`, or differs there: then all from there on is no leader's any more.
      this.#restart = { index, term };
      this.#waiting = [];
      this.terms.restart(this.#restart);
      this.configurations.restart({ index: configurationIndex, configuration });
      this.#durable = index;
    }
    this.#commit = index;
    this.covered(snapshot);
  }

  #take(entry: Entry): void {
    const { index, term } = entry;
    const own = this.terms.term(index);
    // What agrees stays, and so does what is beyond it: the message may be an old one (figure 2, AppendEntries, step 3).
    if (own === term || index <= this.terms.base.index) return;
    if (own !== undefined) {
      const found = () => `committed entry ${index} of term ${own} would be replaced by one of ${term}`;
      invariant(index > this.#commit, found);
      this.terms.truncateFrom(index);
      this.configurations.truncateFrom(index);
      this.#waiting = this.#waiting.filter((waiting) => waiting.index < index);
      this.#durable = Math.min(this.#durable, index - 1);
    }
    this.#push(entry);
  }

  #push(entry: Entry): void {
    const { index, term, kind, data } = entry;
    this.terms.append(term, data.length);
    if (kind === EntryKind.configuration) this.configurations.append(index, decodeConfiguration(data));
    this.#waiting.push(entry);
  }
}
