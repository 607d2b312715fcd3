/**
 * A disk that keeps what was synced, and of what was only written, when the power goes, some first part:
 *
 *     durable | being synced | waiting        a sync takes all that waited when it began; the next waits for its end
 *     kept    | a first part of this, at random
 */
import { invariant } from "../../../../consensus-nodes/raft/invariant.ts";
import type { Snapshot } from "../../../../consensus-nodes/raft/member-log.ts";
import { EntryKind } from "../../../../consensus-nodes/raft/message.ts";
import type {
  HardState,
  LogStorage,
  PersistJob,
  StoredEntry,
  TermRun,
} from "../../../../consensus-nodes/replica/log-storage.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

export interface DiskOptions {
  readonly schedule: Schedule;
  /** How long the sync that begins now will take. */
  readonly syncTime: () => number;
  /** Says that all is durable as soon as it is written. No disk may do that: it is there to be found out. */
  readonly lies?: boolean;
}

/** What survives a power cut. */
export class Disk {
  readonly options: DiskOptions;
  #hardState: HardState = { term: 0, vote: null };
  #snapshot: Snapshot | undefined;
  #log = new Stretch();

  constructor(options: DiskOptions) {
    this.options = options;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  /** The newest. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  get base(): TermRun {
    return this.#log.base;
  }

  get entries(): readonly StoredEntry[] {
    return this.#log.entries;
  }

  /** undefined before the base and beyond the last entry. */
  term(index: number): number | undefined {
    return this.#log.term(index);
  }

  /** Whether the entry, or a snapshot that covers it, is here. */
  has(index: number, term: number): boolean {
    return this.term(index) === term || (this.#snapshot?.index ?? 0) >= index;
  }

  /** Terms never go back, and of one term there is one vote. */
  keepHardState(next: HardState): void {
    const { term, vote } = this.#hardState;
    invariant(next.term >= term, () => `the term on disk goes back from ${term} to ${next.term}`);
    invariant(
      next.term > term || vote === null || next.vote === vote,
      () => `the vote of term ${term} on disk changes from ${vote} to ${next.vote}`,
    );
    this.#hardState = next;
  }

  keepEntry(entry: StoredEntry): void {
    // Of what was compacted while it was written nothing is kept.
    if (entry.index > this.base.index) this.#log.put(entry);
  }

  keepRestart(base: TermRun): void {
    this.#log.restart(base);
  }

  keepSnapshot(snapshot: Snapshot): void {
    if (snapshot.index > (this.#snapshot?.index ?? 0)) this.#snapshot = snapshot;
  }

  compact(index: number): void {
    this.#log.compact(index);
  }

  /** All is gone, as when somebody removed the folder. */
  wipe(): void {
    this.#hardState = { term: 0, vote: null };
    this.#snapshot = undefined;
    this.#log = new Stretch();
  }

  /** A snapshot that the log does not lead up to takes its place: that it came was told to nobody, or the log restarted. */
  open(): OpenDisk {
    const snapshot = this.#snapshot;
    if (snapshot !== undefined && this.term(snapshot.index) !== snapshot.term) this.keepRestart(snapshot);
    return new OpenDisk(this);
  }
}

interface Job extends PersistJob {
  /** The entries up to this one go. */
  readonly compact?: number;
  readonly done: () => void;
}

/** A disk as one life of a process sees it. */
export class OpenDisk implements LogStorage {
  readonly hardState: HardState;
  readonly snapshot: Snapshot | undefined;
  readonly base: TermRun;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly terms: readonly TermRun[];
  readonly configurations: readonly number[];
  readonly #disk: Disk;
  readonly #log: Stretch;
  #syncing: readonly Job[] = [];
  #waiting: Job[] = [];
  #closed = false;

  constructor(disk: Disk) {
    const { hardState, snapshot, base, entries } = disk;
    this.#disk = disk;
    this.hardState = hardState;
    this.snapshot = snapshot;
    this.base = base;
    this.firstIndex = base.index + 1;
    this.lastIndex = base.index + entries.length;
    this.terms = termRuns(entries);
    this.configurations = entries.filter(({ kind }) => kind === EntryKind.configuration).map(({ index }) => index);
    this.#log = new Stretch(base, entries);
  }

  /** Those found at opening and not compacted since. */
  get entries(): readonly StoredEntry[] {
    return this.#log.entries;
  }

  *entrySizes(): Generator<number> {
    for (const { data } of this.#log.entries) yield data.length;
  }

  /** As of the last `persist`. undefined before the base and beyond the last entry. */
  term(index: number): number | undefined {
    return this.#log.term(index);
  }

  persist(job: PersistJob, done: () => void): void {
    if (job.restart !== undefined) this.#log.restart(job.restart);
    const first = job.entries[0]?.index ?? 0;
    for (const [offset, entry] of job.entries.entries()) {
      invariant(
        entry.index === first + offset,
        () => `entry ${entry.index} is written where ${first + offset} belongs`,
      );
      this.#log.put(entry);
    }
    this.#write({ ...job, done });
  }

  read(first: number, last: number, maxBytes: number): StoredEntry[] {
    const { base, entries } = this.#log;
    invariant(
      base.index < first && first <= last && last <= base.index + entries.length,
      () => `read of ${first} to ${last}, there are ${entries.length} after ${base.index}`,
    );
    const begin = first - base.index - 1;
    let end = begin;
    for (let bytes = 0; end <= last - base.index - 1; end++) {
      bytes += entries[end]?.data.length ?? 0;
      if (bytes > maxBytes && end > begin) break;
    }
    return entries.slice(begin, end);
  }

  compact(index: number): void {
    this.#log.compact(index);
    // After what was written before: it may replace what is on the disk.
    this.#write({ entries: [], compact: index, done: () => {} });
  }

  /** @param done when it is durable; never after a power cut. */
  persistSnapshot(snapshot: Snapshot, done: () => void): void {
    const { schedule, syncTime } = this.#disk.options;
    schedule.after(syncTime(), () => {
      if (this.#closed) return;
      this.#disk.keepSnapshot(snapshot);
      done();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** From now on no sync ends: a disk that hangs, or that failed. */
  hang(): void {
    this.#closed = true;
  }

  /** The power goes. Nothing is done after it; of what was not durable a first part is kept, or, without `random`, nothing. */
  cutPower(random?: Random): void {
    this.#closed = true;
    const records = [...this.#syncing, ...this.#waiting].flatMap((job) => this.#records(job));
    const kept = random?.integer(0, records.length) ?? 0;
    for (const keep of records.slice(0, kept)) keep();
  }

  #write(job: Job): void {
    this.#waiting.push(job);
    if (this.#syncing.length === 0) this.#sync();
  }

  #sync(): void {
    if (this.#waiting.length === 0) return;
    const { schedule, syncTime, lies } = this.#disk.options;
    const jobs = this.#waiting;
    this.#syncing = jobs;
    this.#waiting = [];
    const tell = () => {
      if (!this.#closed) for (const { done } of jobs) done();
    };
    if (lies) schedule.after(0, tell);
    schedule.after(syncTime(), () => {
      if (this.#closed) return;
      for (const job of jobs) for (const keep of this.#records(job)) keep();
      if (!lies) tell();
      this.#syncing = [];
      this.#sync();
    });
  }

  #records({ restart, hardState, entries, compact }: Job): (() => void)[] {
    const records = entries.map((entry) => () => this.#disk.keepEntry(entry));
    if (hardState !== undefined) records.unshift(() => this.#disk.keepHardState(hardState));
    if (compact !== undefined) records.push(() => this.#disk.compact(compact));
    if (restart !== undefined) records.unshift(() => this.#disk.keepRestart(restart));
    return records;
  }
}

/** Entries of consecutive indexes, the first after the base. */
class Stretch {
  base: TermRun;
  readonly entries: StoredEntry[];

  constructor(base: TermRun = { index: 0, term: 0 }, entries: readonly StoredEntry[] = []) {
    this.base = base;
    this.entries = [...entries];
  }

  term(index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.entries[index - this.base.index - 1]?.term;
  }

  /** Takes the place of the entry of its index, and of all after it. */
  put(entry: StoredEntry): void {
    const offset = entry.index - this.base.index - 1;
    invariant(
      0 <= offset && offset <= this.entries.length,
      () => `entry ${entry.index} does not follow ${this.entries.length} after ${this.base.index}`,
    );
    this.entries.length = offset;
    this.entries.push(entry);
  }

  restart({ index, term }: TermRun): void {
    this.base = { index, term };
    this.entries.length = 0;
  }

  compact(index: number): void {
    const last = this.entries[Math.min(index - this.base.index, this.entries.length) - 1];
    if (last === undefined) return;
    this.entries.splice(0, last.index - this.base.index);
    this.base = { index: last.index, term: last.term };
  }
}

function termRuns(entries: readonly StoredEntry[]): TermRun[] {
  const runs: TermRun[] = [];
  for (const { index, term } of entries) if (runs.at(-1)?.term !== term) runs.push({ index, term });
  return runs;
}
