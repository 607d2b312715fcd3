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
  readonly firstIndex: number;
  /** Of the entry before `firstIndex`; 0 when there never was one. */
  readonly #previousTerm: number;
  readonly #terms = new Runs();
  /** Entries ascend in the files as they do in the log: a new one is written behind all others, and ends whatever it replaces. */
  readonly #sequences = new Runs();
  #offsets = new Uint32Array(FIRST_ROOM);
  #sizes = new Uint32Array(FIRST_ROOM);
  #count = 0;

  constructor(firstIndex: number, previousTerm: number) {
    this.firstIndex = firstIndex;
    this.#previousTerm = previousTerm;
  }

  /** firstIndex - 1 <= lastIndex */
  get lastIndex(): number {
    return this.firstIndex + this.#count - 1;
  }

  get lastTerm(): number {
    return this.termAt(this.lastIndex);
  }

  /** Of an entry of the log, or of the one before `firstIndex`. */
  termAt(index: number): number {
    return this.#terms.at(index) ?? this.#previousTerm;
  }

  terms(): TermRun[] {
    return Array.from(this.#terms, ([index, term]) => ({ index, term }));
  }

  /** Why an entry of this index and term cannot come next; undefined when it can. */
  violation(index: number, term: number): string | undefined {
    if (index < this.firstIndex || index > this.lastIndex + 1) {
      return `expected an entry from ${this.firstIndex} to ${this.lastIndex + 1}, found ${index}`;
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
      this.#count = index - this.firstIndex;
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

  at(index: number): EntryPosition {
    const slot = index - this.firstIndex;
    const sequence = this.#sequences.at(index);
    const offset = this.#offsets[slot];
    if (slot >= this.#count || sequence === undefined || offset === undefined) {
      throw new Error(`expected an entry from ${this.firstIndex} to ${this.lastIndex}, found ${index}`);
    }
    return { sequence, offset, size: this.sizeOf(index) };
  }

  /** Bytes of data. */
  sizeOf(index: number): number {
    return this.#sizes[index - this.firstIndex] ?? 0;
  }
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
