/** The log of one Raft group, on a disk. Its parts, from the outside in: batches (group-commit.ts), segments, records. */
import type { HardState, LogStorage, PersistJob, StoredEntry, TermRun } from "../log-storage.ts";
import { EntryPositions } from "./entry-positions.ts";
import { GroupCommit } from "./group-commit.ts";
import { hardStateViolation } from "./hard-state-rule.ts";
import { diskIo, type LogIo } from "./log-io.ts";
import { NextSegment } from "./next-segment.ts";
import { RecentEntries } from "./recent-entries.ts";
import { paddedLength } from "./record.ts";
import { MAX_SEGMENT_BYTES, type RecoveredLog, type Repair, recoverLog } from "./recovery.ts";
import { closeSegment, type Segment } from "./segment.ts";
import { HEADER_BYTES } from "./segment-header.ts";
import { SegmentRemoval } from "./segment-removal.ts";
import { SECTOR_BYTES } from "./torn-tail.ts";
import type { WriteBatch } from "./write-batch.ts";
import { readWritten } from "./written-entries.ts";

/** Bytes of a segment: large enough that changing it is rare, small enough to be read at once, and made in some 40 ms. */
const SEGMENT_BYTES = 4 * 1024 * 1024;
/** Bytes of data kept in memory per log: what may be under way to a follower. One that is further behind is served from disk. */
const CACHE_BYTES = 2 * 1024 * 1024;
/** Of a segment: filled so far, the next one is made. Not at once, so that a log that rests takes one segment and not two. */
const PREPARE_AT = 0.5;
/** Index, term and time are 48 bits wide. */
const MAX_NUMBER = 2 ** 48 - 1;

export interface WriteAheadLogOptions {
  /**
   * Bytes of a new segment, but the first, which may be smaller: a multiple of 512. Bounds an entry too, to `segmentBytes` less 128
   * bytes. 4 MiB when not given.
   */
  readonly segmentBytes?: number;
  /** Bytes of data kept in memory. 2 MiB when not given. */
  readonly cacheBytes?: number;
  /**
   * The last entry that the newest durable snapshot covers, 0 without one: the log may begin as late as after it. Infinity when
   * its entries say themselves whether they are enough.
   */
  readonly covered?: number;
  readonly io?: LogIo;
  /** Nothing can become durable any more: the process has to end. Called once; no `done` is called after it. */
  onFailure(error: Error): void;
}

/**
 * Opens the log in `directory`, or makes one there. Blocks while it reads all of it.
 * @throws DamagedLog when the files do not say what was written to them
 */
export function openWriteAheadLog(directory: string, options: WriteAheadLogOptions): WriteAheadLog {
  const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
  if (segmentBytes % SECTOR_BYTES !== 0 || segmentBytes < SECTOR_BYTES || segmentBytes > MAX_SEGMENT_BYTES) {
    throw new Error(`expected segmentBytes to be a multiple of ${SECTOR_BYTES}, found ${segmentBytes}`);
  }
  return new WriteAheadLog(directory, segmentBytes, recoverLog(directory, segmentBytes, options.covered ?? 0), options);
}

export class WriteAheadLog implements LogStorage {
  readonly hardState: HardState;
  readonly base: TermRun;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly terms: readonly TermRun[];
  readonly configurations: readonly number[];
  /** Where the end of the log had been torn by a power cut; undefined when it had not. */
  readonly repaired: Repair | undefined;
  readonly #directory: string;
  readonly #identity: Uint8Array;
  readonly #recent: RecentEntries;
  readonly #commits: GroupCommit;
  readonly #next: NextSegment;
  readonly #removal: SegmentRemoval;
  readonly #maxRecordBytes: number;
  /** As of the last `persist`; so is all below. */
  #current: HardState;
  #segment: Segment;
  #positions: EntryPositions;
  #closing: Promise<void> | undefined;

  constructor(directory: string, segmentBytes: number, recovered: RecoveredLog, options: WriteAheadLogOptions) {
    const { hardState, positions, identity, oldest, segment, repaired } = recovered;
    this.repaired = repaired;
    this.#directory = directory;
    this.#identity = identity;
    this.#positions = positions;
    this.#removal = new SegmentRemoval(directory, oldest, (error) => this.#commits.fail(error));
    this.#recent = new RecentEntries(options.cacheBytes ?? CACHE_BYTES);
    this.#commits = new GroupCommit(options.io ?? diskIo, options.onFailure);
    this.#next = new NextSegment({
      directory,
      identity,
      capacity: segmentBytes,
      onReady: () => this.#commits.resume(),
      onFailure: (error) => this.#commits.fail(error),
    });
    this.#maxRecordBytes = segmentBytes - HEADER_BYTES;
    this.#current = hardState;
    this.#segment = segment;
    this.hardState = this.#current;
    this.base = this.#positions.base;
    this.firstIndex = this.#positions.firstIndex;
    this.lastIndex = this.#positions.lastIndex;
    this.terms = this.#positions.terms();
    this.configurations = recovered.configurations;
  }

  /** Since opening: syncs, and bytes that they made durable. */
  get counters(): { readonly syncs: number; readonly bytes: number } {
    return { syncs: this.#commits.syncs, bytes: this.#commits.bytes };
  }

  *entrySizes(): Generator<number> {
    for (let index = this.firstIndex; index <= this.lastIndex; index++) yield this.#positions.sizeOf(index);
  }

  persist({ restart, hardState, entries }: PersistJob, done: () => void): void {
    if (this.#closing !== undefined) throw new Error("persist after close");
    if (this.#commits.failed) return;
    this.#check(restart, hardState, entries);
    if (restart !== undefined) this.#restart(restart);
    if (hardState !== undefined) {
      this.#batch(paddedLength(0)).hardState(hardState);
      this.#current = hardState;
    }
    for (const entry of entries) {
      const batch = this.#batch(paddedLength(entry.data.length));
      const offset = batch.entry(entry);
      this.#positions.append(entry.index, entry.term, batch.segment.sequence, offset, entry.data.length);
      this.#recent.append(entry);
    }
    this.#recent.shrink(this.#commits.lowestUnwritten());
    this.#commits.whenDurable(done);
    if (this.#segment.end > this.#segment.capacity * PREPARE_AT) this.#next.prepare(this.#segment.sequence + 1);
  }

  read(first: number, last: number, maxBytes: number): StoredEntry[] {
    const { firstIndex, lastIndex } = this.#positions;
    if (first < firstIndex || first > last || last > lastIndex) {
      throw new Error(`expected entries from ${firstIndex} to ${lastIndex}, found ${first} to ${last}`);
    }
    let bytes = this.#positions.sizeOf(first);
    let end = first + 1;
    for (; end <= last; end++) {
      bytes += this.#positions.sizeOf(end);
      if (bytes > maxBytes) break;
    }
    const entries: StoredEntry[] = [];
    const cached = Math.min(Math.max(this.#recent.firstIndex, first), end);
    readWritten(this.#directory, this.#identity, this.#positions, first, cached - 1, entries);
    for (let index = cached; index < end; index++) {
      const entry = this.#recent.at(index);
      if (entry === undefined) throw new Error(`expected entry ${index} in memory, found none`);
      entries.push(entry);
    }
    return entries;
  }

  compact(index: number): void {
    if (index <= this.#positions.base.index) return;
    // The segment with that very entry stays: should it have replaced others, what it replaced is not taken for it.
    const { sequence } = this.#positions.at(index);
    this.#positions.compact(index);
    this.#removal.removeBefore(sequence);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    closeSegment(this.#segment);
    const unused = await this.#next.stop();
    if (unused !== undefined) closeSegment(unused);
    await this.#removal.stop();
  }

  #restart(restart: TermRun): void {
    const batch = this.#batch(paddedLength(0));
    batch.restart(restart);
    this.#positions = new EntryPositions(restart.index + 1, restart.term);
    this.#recent.clear();
    this.#commits.whenDurable(() => this.#removal.removeBefore(batch.segment.sequence));
  }

  /** Before anything is changed, so that a job that is refused leaves the log as it was. */
  #check(restart: TermRun | undefined, hardState: HardState | undefined, entries: readonly StoredEntry[]): void {
    if (restart !== undefined) {
      requireNumber("index", restart.index);
      requireNumber("term", restart.term);
    }
    if (hardState !== undefined) {
      const violation = hardStateViolation(this.#current, hardState);
      if (violation !== undefined) throw new Error(violation);
      requireNumber("term", hardState.term);
      requireNumber("vote", hardState.vote ?? 0);
    }
    let previous: StoredEntry | undefined;
    for (const entry of entries) {
      requireNumber("index", entry.index);
      requireNumber("term", entry.term);
      requireNumber("time", entry.time);
      if ((entry.kind & 255) !== entry.kind) throw new Error(`expected a kind from 0 to 255, found ${entry.kind}`);
      if (paddedLength(entry.data.length) > this.#maxRecordBytes) {
        throw new Error(`expected an entry that fits into a segment, found one of ${entry.data.length} bytes`);
      }
      if (previous === undefined) {
        const positions = restart === undefined ? this.#positions : new EntryPositions(restart.index + 1, restart.term);
        const violation = positions.violation(entry.index, entry.term);
        if (violation !== undefined) throw new Error(violation);
      } else if (entry.index !== previous.index + 1 || entry.term < previous.term) {
        const found = `entry ${entry.index} of term ${entry.term}`;
        throw new Error(`expected an entry to follow ${previous.index} of term ${previous.term}, found ${found}`);
      }
      previous = entry;
    }
  }

  /** The batch that takes a record of so many bytes. */
  #batch(bytes: number): WriteBatch {
    if (this.#segment.end + bytes > this.#segment.capacity) this.#roll();
    return this.#commits.batchFor(this.#segment);
  }

  #roll(): void {
    const full = this.#segment;
    const segment = this.#next.take(full.sequence + 1);
    this.#commits.batchFor(segment).header({
      capacity: segment.capacity,
      identity: this.#identity,
      sequence: segment.sequence,
      previousEnd: full.end,
      nextIndex: this.#positions.lastIndex + 1,
      previousTerm: this.#positions.lastTerm,
      hardState: this.#current,
    });
    this.#segment = segment;
    this.#commits.retire(full);
  }
}

function requireNumber(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value < MAX_NUMBER)) {
    throw new Error(`expected ${name} to be a whole number below 2^48, found ${value}`);
  }
}
