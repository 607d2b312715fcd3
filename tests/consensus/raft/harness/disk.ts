/**
 * A disk that keeps what was synced, and of what was only written, when the power goes, some first part:
 *
 *     durable | being synced | waiting        a sync takes all that waited when it began; the next waits for its end
 *     kept    | a first part of this, at random
 */
import { invariant } from "../../../../consensus-nodes/raft/invariant.ts";
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
  readonly #entries: StoredEntry[] = [];

  constructor(options: DiskOptions) {
    this.options = options;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get entries(): readonly StoredEntry[] {
    return this.#entries;
  }

  term(index: number): number | undefined {
    return index === 0 ? 0 : this.#entries[index - 1]?.term;
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
    replaceFrom(this.#entries, entry);
  }

  /** All is gone, as when somebody removed the folder. */
  wipe(): void {
    this.#hardState = { term: 0, vote: null };
    this.#entries.length = 0;
  }

  open(): OpenDisk {
    return new OpenDisk(this);
  }
}

interface Job extends PersistJob {
  readonly done: () => void;
}

/** A disk as one life of a process sees it. */
export class OpenDisk implements LogStorage {
  readonly hardState: HardState;
  readonly base: TermRun = { index: 0, term: 0 };
  readonly firstIndex = 1;
  readonly lastIndex: number;
  readonly terms: readonly TermRun[];
  readonly #disk: Disk;
  readonly #entries: StoredEntry[];
  #syncing: readonly Job[] = [];
  #waiting: Job[] = [];
  #closed = false;

  constructor(disk: Disk) {
    this.#disk = disk;
    this.hardState = disk.hardState;
    this.lastIndex = disk.entries.length;
    this.terms = termRuns(disk.entries);
    this.#entries = [...disk.entries];
  }

  *entrySizes(): Generator<number> {
    for (const { data } of this.#entries) yield data.length;
  }

  /** As of the last `persist`. undefined beyond the last entry. */
  term(index: number): number | undefined {
    return index === 0 ? 0 : this.#entries[index - 1]?.term;
  }

  persist(job: PersistJob, done: () => void): void {
    const first = job.entries[0]?.index ?? 0;
    for (const [offset, entry] of job.entries.entries()) {
      invariant(
        entry.index === first + offset,
        () => `entry ${entry.index} is written where ${first + offset} belongs`,
      );
      replaceFrom(this.#entries, entry);
    }
    this.#waiting.push({ ...job, done });
    if (this.#syncing.length === 0) this.#sync();
  }

  read(first: number, last: number, maxBytes: number): StoredEntry[] {
    invariant(
      1 <= first && first <= last && last <= this.#entries.length,
      () => `read of ${first} to ${last}, there are ${this.#entries.length}`,
    );
    let end = first;
    for (let bytes = 0; end <= last; end++) {
      bytes += this.#entries[end - 1]?.data.length ?? 0;
      if (bytes > maxBytes && end > first) break;
    }
    return this.#entries.slice(first - 1, end - 1);
  }

  compact(index: number): void {
    throw new Error(`this disk keeps all, it cannot drop what comes up to ${index}`);
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

  #records({ hardState, entries }: PersistJob): (() => void)[] {
    const records = entries.map((entry) => () => this.#disk.keepEntry(entry));
    return hardState === undefined ? records : [() => this.#disk.keepHardState(hardState), ...records];
  }
}

function replaceFrom(entries: StoredEntry[], entry: StoredEntry): void {
  invariant(
    1 <= entry.index && entry.index <= entries.length + 1,
    () => `entry ${entry.index} leaves a gap after ${entries.length}`,
  );
  entries.length = entry.index - 1;
  entries.push(entry);
}

function termRuns(entries: readonly StoredEntry[]): TermRun[] {
  const runs: TermRun[] = [];
  for (const { index, term } of entries) if (runs.at(-1)?.term !== term) runs.push({ index, term });
  return runs;
}
