/** What goes to the disk in one write and one sync: records as they will lie in the segment, and who waits for them. */
import type { HardState, StoredEntry, TermRun } from "../log-storage.ts";
import { ENTRY, encodeRecord, HARD_STATE, paddedLength, placeSeed, RESTART } from "./record.ts";
import type { Segment } from "./segment.ts";
import { encodeHeader, encodeVote, HEADER_BYTES, type SegmentHeader } from "./segment-header.ts";

const NO_DATA = new Uint8Array(0);

export class WriteBatch {
  readonly segment: Segment;
  /** Offset in the segment. All before it is durable when the batch is written, for batches are written one at a time. */
  readonly start: number;
  /** To be called when the batch is durable. */
  readonly done: (() => void)[] = [];
  #buffer: Buffer;
  #length = 0;
  #lowestIndex = Number.POSITIVE_INFINITY;
  /** The file has it; it may not be durable yet. */
  written = false;

  constructor(segment: Segment, buffer: Buffer) {
    this.segment = segment;
    this.start = segment.end;
    this.#buffer = buffer;
  }

  /** All of it may be longer than what is written. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Bytes to be written. */
  get length(): number {
    return this.#length;
  }

  /** Of its entries; Infinity when it has none. */
  get lowestIndex(): number {
    return this.#lowestIndex;
  }

  header(header: SegmentHeader): void {
    this.#reserve(HEADER_BYTES);
    encodeHeader(this.#buffer.subarray(this.#length), header);
    this.#grow(HEADER_BYTES);
  }

  hardState({ term, vote }: HardState): void {
    this.#record(HARD_STATE, { term, index: encodeVote(vote), kind: 0, time: 0, data: NO_DATA });
  }

  restart({ index, term }: TermRun): void {
    this.#record(RESTART, { term, index, kind: 0, time: 0, data: NO_DATA });
  }

  /** @returns the offset of its record in the segment */
  entry(entry: StoredEntry): number {
    this.#lowestIndex = Math.min(this.#lowestIndex, entry.index);
    return this.#record(ENTRY, entry);
  }

  #record(type: number, fields: StoredEntry): number {
    const offset = this.segment.end;
    this.#reserve(paddedLength(fields.data.length));
    const seed = placeSeed(this.segment.seed, offset);
    this.#grow(encodeRecord(this.#buffer, this.#length, seed, this.start, type, fields));
    return offset;
  }

  #grow(bytes: number): void {
    this.#length += bytes;
    this.segment.end += bytes;
    const { end, capacity } = this.segment;
    if (end > capacity) throw new Error(`expected the segment to end by ${capacity}, found ${end}`);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
