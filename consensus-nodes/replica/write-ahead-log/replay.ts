/** Reads segments in the order they were written, and follows what they say. Whatever cannot be is refused. */
import { EntryKind } from "../../raft/message.ts";
import type { HardState } from "../log-storage.ts";
import { DamagedLog } from "./damaged-log.ts";
import { EntryPositions } from "./entry-positions.ts";
import { hardStateViolation } from "./hard-state-rule.ts";
import { decodeRecord, ENTRY, HARD_STATE, type LogRecord, placeSeed, RESTART } from "./record.ts";
import type { SegmentFile } from "./segment-files.ts";
import { decodeHeader, decodeVote, HEADER_BYTES, type SegmentHeader, segmentSeed } from "./segment-header.ts";
import { whyHeaderNotTorn, whyNotTorn } from "./torn-tail.ts";
import { isZero } from "./zeros.ts";

/** How the records of a segment end. */
export interface SegmentEnd extends SegmentFile {
  readonly capacity: number;
  readonly seed: number;
  readonly end: number;
  /** Where the last batch began: before it all was durable when it was written. */
  readonly syncedTo: number;
  /** Something follows the end, or the file is too short for its capacity: to be mended. Only in the last segment. */
  readonly torn: boolean;
}

/** What the segments before say of the next one. */
interface Known {
  readonly identity: Uint8Array;
  readonly positions: EntryPositions;
  readonly previous: SegmentEnd;
}

export class Replay {
  #hardState: HardState = { term: 0, vote: null };
  /** Of the log as read so far, ascending. */
  #configurations: number[] = [];
  #known: Known | undefined;
  /** The log was compacted, and may replace entries of segments that are gone. */
  #reachesBack = false;

  get hardState(): HardState {
    return this.#hardState;
  }

  /** Indexes of the entries of kind `configuration`. */
  get configurations(): readonly number[] {
    return this.#configurations;
  }

  /** Of the segments read so far; undefined before the first. */
  get known(): Known | undefined {
    return this.#known;
  }

  /**
   * @param last no segment behind this one was written to, so that its last batch may be torn
   * @returns false when nothing of the segment ever became durable: it is to be removed. Never for the first.
   */
  read(segment: SegmentFile, bytes: Buffer, last: boolean): boolean {
    const header = this.#header(segment, bytes, last);
    if (header === undefined) return false;
    const { capacity, identity } = header;
    const before = this.#known?.positions;
    let positions = before ?? new EntryPositions(header.nextIndex, header.previousTerm);
    if (before === undefined) this.#reachesBack = segment.sequence > 1;
    this.#hardState = header.hardState;

    const seed = segmentSeed(identity, segment.sequence);
    let end = HEADER_BYTES;
    let syncedTo = 0;
    for (;;) {
      const record = decodeRecord(bytes, end, placeSeed(seed, end));
      if (record === undefined) break;
      const { index, term, type } = record;
      if (type === RESTART || (type === ENTRY && this.#reachesBack && index < positions.firstIndex)) {
        // Of such an entry the term before it is not known: it becomes the base itself, covered by a snapshot as it is.
        positions = new EntryPositions(index + 1, term);
        this.#configurations = [];
        this.#reachesBack &&= type !== RESTART;
      } else {
        const violation = this.#follow(record, positions, segment.sequence, end);
        if (violation !== undefined) throw new DamagedLog(segment.path, end, violation);
      }
      end += record.paddedLength;
      syncedTo = record.syncedTo;
    }

    const torn = bytes.length < capacity || !isZero(bytes, end);
    if (torn) {
      const reason = last
        ? whyNotTorn(bytes, end, seed, capacity)
        : "the record is damaged, and another segment follows";
      if (reason !== undefined) throw new DamagedLog(segment.path, end, reason);
    }
    this.#known = { identity, positions, previous: { ...segment, capacity, seed, end, syncedTo, torn } };
    return true;
  }

  #header({ path, sequence }: SegmentFile, bytes: Buffer, last: boolean): SegmentHeader | undefined {
    const header = decodeHeader(bytes);
    if (typeof header === "string") {
      // The first segment got its name when all of it was durable.
      const reason =
        last && this.#known !== undefined
          ? whyHeaderNotTorn(bytes, segmentSeed(this.#known.identity, sequence), header)
          : header;
      if (reason !== undefined) throw new DamagedLog(path, 0, reason);
      return undefined;
    }
    const foreign = this.#foreign(header, sequence, bytes.length);
    if (foreign !== undefined) throw new DamagedLog(path, 0, foreign);
    if (this.#known === undefined) return header;
    const { previous, positions } = this.#known;
    if (header.previousEnd !== previous.end) {
      const reason = `the records end here; according to segment ${sequence} they go to ${header.previousEnd}`;
      throw new DamagedLog(previous.path, previous.end, reason);
    }
    const contradiction = this.#contradiction(header, positions);
    if (contradiction !== undefined) throw new DamagedLog(path, 0, contradiction);
    return header;
  }

  /** Why the header cannot be that of this file. */
  #foreign(header: SegmentHeader, sequence: number, size: number): string | undefined {
    if (header.sequence !== sequence) return `expected segment ${sequence}, found segment ${header.sequence}`;
    if (size > header.capacity) return `expected a file of ${header.capacity} bytes, found ${size}`;
    if (this.#known === undefined || Buffer.compare(header.identity, this.#known.identity) === 0) return undefined;
    return "the segment belongs to another log";
  }

  /** How the header contradicts what the segments before it hold. */
  #contradiction(header: SegmentHeader, positions: EntryPositions): string | undefined {
    if (header.nextIndex !== positions.lastIndex + 1) {
      return `expected entry ${positions.lastIndex + 1} to be next, found ${header.nextIndex}`;
    }
    if (header.previousTerm !== positions.lastTerm) {
      return `expected the entry before to be of term ${positions.lastTerm}, found ${header.previousTerm}`;
    }
    const { term, vote } = header.hardState;
    if (term === this.#hardState.term && vote === this.#hardState.vote) return undefined;
    return `expected term ${this.#hardState.term} and vote ${this.#hardState.vote}, found ${term} and ${vote}`;
  }

  /** @returns why the record cannot come here; undefined when it was taken in */
  #follow(record: LogRecord, positions: EntryPositions, sequence: number, offset: number): string | undefined {
    if (record.syncedTo > offset) return `expected less than ${offset} to have been durable, found ${record.syncedTo}`;
    if (record.type === ENTRY) {
      const violation = positions.violation(record.index, record.term);
      if (violation === undefined) {
        positions.append(record.index, record.term, sequence, offset, record.data.length);
        this.#noteConfiguration(record);
      }
      return violation;
    }
    if (record.type === HARD_STATE) {
      const next = { term: record.term, vote: decodeVote(record.index) };
      const violation = hardStateViolation(this.#hardState, next);
      if (violation === undefined) this.#hardState = next;
      return violation;
    }
    return `expected an entry, a hard state or a restart, found a record of type ${record.type}`;
  }

  #noteConfiguration({ index, kind }: LogRecord): void {
    // What the entry replaces is gone, and all after it.
    while ((this.#configurations.at(-1) ?? 0) >= index) this.#configurations.pop();
    if (kind === EntryKind.configuration) this.#configurations.push(index);
  }
}
