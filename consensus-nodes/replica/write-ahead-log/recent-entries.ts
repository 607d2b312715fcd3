/** The end of the log in memory, so that followers which keep up are served without a disk. */
import type { StoredEntry } from "../log-storage.ts";

/** Counted for an entry beside its data: what its objects weigh. Bounds a cache of empty entries too. */
const ENTRY_BYTES = 128;

export class RecentEntries {
  readonly #maxBytes: number;
  /** Of consecutive indexes; those before `head` are gone. */
  #entries: (StoredEntry | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Of the oldest entry here; Infinity when there is none. */
  get firstIndex(): number {
    return this.#entries[this.#head]?.index ?? Number.POSITIVE_INFINITY;
  }

  /** Follows the entry appended last, or replaces one here and all after it, or, below all here, replaces them all. */
  append(entry: StoredEntry): void {
    for (
      let last = this.#entries.at(-1);
      last !== undefined && last.index >= entry.index;
      last = this.#entries.at(-1)
    ) {
      this.#entries.pop();
      this.#bytes -= weight(last);
    }
    if (this.#entries.length <= this.#head) this.#restart();
    this.#entries.push(entry);
    this.#bytes += weight(entry);
  }

  /** Drops all: something else took their place. */
  clear(): void {
    this.#restart();
  }

  /** Drops the oldest until the rest fits; but none from `keepFrom` on, which are nowhere else yet. */
  shrink(keepFrom: number): void {
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#entries[this.#head];
      if (oldest === undefined || oldest.index >= keepFrom) break;
      this.#entries[this.#head] = undefined;
      this.#head += 1;
      this.#bytes -= weight(oldest);
    }
    // Half of it gone: close the gap. Moves each entry once in its life on average.
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** undefined when it is not here. */
  at(index: number): StoredEntry | undefined {
    return this.#entries[this.#head + index - this.firstIndex];
  }

  #restart(): void {
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}

function weight(entry: StoredEntry): number {
  return entry.data.length + ENTRY_BYTES;
}
