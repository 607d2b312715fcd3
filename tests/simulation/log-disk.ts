/**
 * A disk under one log. It keeps what was synced, and of what was only handed over, when the power goes, some first part:
 *
 *     durable | being synced | waiting        a sync takes all that waited when it began; the next waits for its end
 *     kept    | a first part of this, at random
 */

import { invariant } from "../../consensus-nodes/raft/invariant.ts";
import { EntryKind } from "../../consensus-nodes/raft/message.ts";
import type {
  HardState,
  LogStorage,
  PersistJob,
  StoredEntry,
  TermRun,
} from "../../consensus-nodes/replica/log-storage.ts";
import type { Random } from "../consensus/raft/harness/random.ts";
import type { Schedule } from "../consensus/raft/harness/schedule.ts";
import { LogContent } from "./log-content.ts";
import { SnapshotDisk } from "./snapshot-disk.ts";

/** Milliseconds that a sync takes at most, on a disk that is well. */
const SYNC_TIME = 2;

/** What survives a power cut. */
export class LogDisk {
  content = new LogContent();
  snapshots = new SnapshotDisk();
  hardState: HardState = { term: 0, vote: null };
  /** How many times as long as usual a sync takes. */
  slowness = 1;
  /** The next sync fails, and the process that asked for it has to end. */
  failsNext = false;
  #lost: LogContent | undefined;
  readonly schedule: Schedule;
  readonly random: Random;

  constructor(schedule: Schedule, random: Random) {
    this.schedule = schedule;
    this.random = random;
  }

  get syncTime(): number {
    return this.random.next() * SYNC_TIME * this.slowness;
  }

  /** All is gone, as when somebody removed the folder. */
  wipe(): void {
    this.#lost = this.content;
    this.content = new LogContent();
    this.snapshots = new SnapshotDisk();
    this.hardState = { term: 0, vote: null };
  }

  /** Whether the entry, or the state after it, is durable. */
  holds(index: number, term: number | undefined): boolean {
    // What was acknowledged before the disk was lost was acknowledged rightly.
    const held = this.#lost !== undefined && (index <= this.#lost.base.index || this.#lost.term(index) === term);
    return index <= this.#covered || this.content.term(index) === term || held;
  }

  /** Up to here something is: this log's entries or another's. */
  get end(): number {
    return Math.max(this.#covered, this.content.lastIndex);
  }

  get #covered(): number {
    return Math.max(this.content.base.index, this.snapshots.newest?.head.index ?? 0);
  }

  /** Terms never go back, and of one term there is one vote. */
  keepHardState(next: HardState): void {
    const { term, vote } = this.hardState;
    invariant(next.term >= term, () => `the term on disk goes back from ${term} to ${next.term}`);
    invariant(
      next.term > term || vote === null || next.vote === vote,
      () => `the vote of term ${term} on disk changes from ${vote} to ${next.vote}`,
    );
    this.hardState = next;
  }
}

interface Job extends PersistJob {
  readonly done: () => void;
}

export interface OpenLogEvents {
  /** Nothing becomes durable any more: the process has to end. */
  readonly onFailure: () => void;
  /** Calls the process back: at once, later, or never. */
  readonly run: (action: () => void) => void;
  /** @param previousTerm of the entry before it. */
  readonly onEntry?: (entry: StoredEntry, previousTerm: number | undefined) => void;
}

/** A disk as one life of a process sees it. */
export class OpenLog implements LogStorage {
  readonly hardState: HardState;
  readonly base: TermRun;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly terms: readonly TermRun[];
  readonly configurations: readonly number[];
  readonly #disk: LogDisk;
  readonly #content: LogContent;
  readonly #events: OpenLogEvents;
  #syncing: readonly Job[] = [];
  #waiting: Job[] = [];
  #closed = false;

  constructor(disk: LogDisk, events: OpenLogEvents) {
    this.#disk = disk;
    this.#content = disk.content.copy();
    this.#events = events;
    this.hardState = disk.hardState;
    this.base = this.#content.base;
    this.firstIndex = this.#content.base.index + 1;
    this.lastIndex = this.#content.lastIndex;
    this.terms = this.#content.terms();
    this.configurations = this.#content.entries.flatMap(({ kind, index }) =>
      kind === EntryKind.configuration ? [index] : [],
    );
  }

  *entrySizes(): Generator<number> {
    for (const { data } of this.#content.entries) yield data.length;
  }

  /** Entries up to and with this one are gone. */
  get compactedTo(): number {
    return this.#content.base.index;
  }

  /** Index of the last entry. */
  get end(): number {
    return this.#content.lastIndex;
  }

  /** Calls the process that has opened it, if it lives. */
  calls(action: () => void): void {
    this.#events.run(action);
  }

  /** As of the last `persist`; undefined beyond the last entry, and before the base. */
  term(index: number): number | undefined {
    return this.#content.term(index);
  }

  persist(job: PersistJob, done: () => void): void {
    const first = job.entries[0]?.index ?? 0;
    if (job.restart !== undefined) this.#content.restart(job.restart);
    for (const [offset, entry] of job.entries.entries()) {
      invariant(entry.index === first + offset, () => `entry ${entry.index} where ${first + offset} belongs`);
      this.#content.keep(entry);
      this.#events.onEntry?.(entry, this.#content.term(entry.index - 1));
    }
    this.#waiting.push({ ...job, done });
    if (this.#syncing.length === 0) this.#sync();
  }

  read(first: number, last: number, maxBytes: number): StoredEntry[] {
    return this.#content.read(first, last, maxBytes);
  }

  compact(index: number): void {
    const term = this.#content.term(index);
    this.#content.compact(index);
    // What is not durable yet, or waits to be replaced there, goes with a later compaction.
    const { content } = this.#disk;
    if (content.term(index) === term) content.compact(index);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** The power goes: of what was not durable a first part is kept. */
  cutPower(random: Random): void {
    if (this.#closed) return;
    this.#closed = true;
    const records = [...this.#syncing, ...this.#waiting].flatMap((job) => this.#records(job));
    const kept = random.integer(0, records.length);
    for (const keep of records.slice(0, kept)) keep();
  }

  #sync(): void {
    if (this.#waiting.length === 0) return;
    const jobs = this.#waiting;
    this.#syncing = jobs;
    this.#waiting = [];
    this.#disk.schedule.after(this.#disk.syncTime, () => {
      if (this.#closed) return;
      if (this.#disk.failsNext) {
        this.#disk.failsNext = false;
        this.#events.onFailure();
        return;
      }
      for (const job of jobs) for (const keep of this.#records(job)) keep();
      this.#syncing = [];
      for (const { done } of jobs) this.#events.run(done);
      if (this.#syncing.length === 0) this.#sync();
    });
  }

  #records({ restart, hardState, entries }: PersistJob): (() => void)[] {
    const records: (() => void)[] = [];
    if (restart !== undefined) records.push(() => this.#disk.content.restart(restart));
    if (hardState !== undefined) records.push(() => this.#disk.keepHardState(hardState));
    for (const entry of entries) records.push(() => this.#disk.content.keep(entry));
    return records;
  }
}
