/** Where each entry of the log lies, how large it is and of which term: eight bytes per entry and a few runs. */
import type { TermRun } from "../log-storage.ts";
import { Runs } from "./runs.ts";

/** Entries there is room for at first. Doubles as needed. */
const FIRST_ROOM = 1024;

export interface EntryPosition {
  /** Of the segment. */
  readonly sequence: number;
  /** Of the record in its segment, in bytes. */
  readonly offset: number;
  /** Bytes of data. */
  readonly size: number;
}

export class EntryPositions {
  #firstIndex: number;
  /** Of the entry before #firstIndex; 0 when there never was one. */
  #previousTerm: number;
  readonly #terms = new Runs();
  /** Entries ascend in the files as they do in the log: a new one is written behind all others, and ends whatever it replaces. */
  readonly #sequences = new Runs();
  #offsets = new Uint32Array(FIRST_ROOM);
  #sizes = new Uint32Array(FIRST_ROOM);
  #count = 0;

  constructor(firstIndex: number, previousTerm: number) {
    this.#firstIndex = firstIndex;
    this.#previousTerm = previousTerm;
  }

  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** The entry before the first. */
  get base(): TermRun {
    return { index: this.#firstIndex - 1, term: this.#previousTerm };
  }

  /** firstIndex - 1 <= lastIndex */
  get lastIndex(): number {
    return this.#firstIndex + this.#count - 1;
  }

  get lastTerm(): number {
    return this.termAt(this.lastIndex);
  }

  /** Of an entry of the log, or of the one before `firstIndex`. */
  termAt(index: number): number {
    return index < this.#firstIndex ? this.#previousTerm : (this.#terms.at(index) ?? this.#previousTerm);
  }

  terms(): TermRun[] {
    return Array.from(this.#terms, ([index, term]) => ({ index: Math.max(index, this.#firstIndex), term }));
  }

  /** Why an entry of this index and term cannot come next; undefined when it can. */
  violation(index: number, term: number): string | undefined {
    if (index < this.#firstIndex || index > this.lastIndex + 1) {
      return `expected an entry from ${this.#firstIndex} to ${this.lastIndex + 1}, found ${index}`;
    }
    const previous = this.termAt(index - 1);
    if (term < previous) return `expected entry ${index} to be of term ${previous} or a later one, found ${term}`;
    return undefined;
  }

  /** Replaces entry `index` and all after it, or adds it. */
  append(index: number, term: number, sequence: number, offset: number, size: number): void {
    const violation = this.violation(index, term);
    if (violation !== undefined) throw new Error(violation);
    if (index <= this.lastIndex) {
      this.#terms.truncate(index);
      this.#sequences.truncate(index);
      this.#count = index - this.#firstIndex;
    }
    if (this.#count === this.#offsets.length) {
      this.#offsets = doubled(this.#offsets);
      this.#sizes = doubled(this.#sizes);
    }
    this.#terms.append(index, term);
    this.#sequences.append(index, sequence);
    this.#offsets[this.#count] = offset;
    this.#sizes[this.#count] = size;
    this.#count += 1;
  }

  /** Forgets all entries up to and with `index`, one of them or the one before them. */
  compact(index: number): void {
    if (index < this.#firstIndex - 1 || index > this.lastIndex) {
      throw new Error(`expected an entry from ${this.#firstIndex - 1} to ${this.lastIndex}, found ${index}`);
    }
    const gone = index + 1 - this.#firstIndex;
    this.#previousTerm = this.termAt(index);
    // Room for as many again: what is freed now is not to be asked for by the next entry.
    const kept = this.#count - gone;
    this.#offsets = moved(this.#offsets, gone, kept);
    this.#sizes = moved(this.#sizes, gone, kept);
    this.#count = kept;
    this.#firstIndex = index + 1;
    if (kept > 0) {
      this.#terms.compact(index + 1);
      this.#sequences.compact(index + 1);
    } else {
      this.#terms.truncate(0);
      this.#sequences.truncate(0);
    }
  }

  at(index: number): EntryPosition {
    const slot = index - this.#firstIndex;
    const sequence = this.#sequences.at(index);
    const offset = this.#offsets[slot];
    if (slot >= this.#count || sequence === undefined || offset === undefined) {
      throw new Error(`expected an entry from ${this.#firstIndex} to ${this.lastIndex}, found ${index}`);
    }
    return { sequence, offset, size: this.sizeOf(index) };
  }

  /** Bytes of data. */
  sizeOf(index: number): number {
    return this.#sizes[index - this.#firstIndex] ?? 0;
  }
}

function moved(array: Uint32Array<ArrayBuffer>, from: number, count: number): Uint32Array<ArrayBuffer> {
  const smaller = new Uint32Array(Math.max(FIRST_ROOM, count * 2));
  smaller.set(array.subarray(from, from + count));
  return smaller;
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
