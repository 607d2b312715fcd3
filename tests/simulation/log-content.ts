/** The entries of one log after a base, as plain data. */
import { invariant } from "../../consensus-nodes/raft/invariant.ts";
import type { StoredEntry, TermRun } from "../../consensus-nodes/replica/log-storage.ts";

export class LogContent {
  #base: TermRun = { index: 0, term: 0 };
  /** Of consecutive indexes from base.index + 1 on. */
  #entries: StoredEntry[] = [];

  /** The entry before the first. */
  get base(): TermRun {
    return this.#base;
  }

  get entries(): readonly StoredEntry[] {
    return this.#entries;
  }

  get lastIndex(): number {
    return this.#base.index + this.#entries.length;
  }

  term(index: number): number | undefined {
    return index === this.#base.index ? this.#base.term : this.at(index)?.term;
  }

  at(index: number): StoredEntry | undefined {
    return this.#entries[index - this.#base.index - 1];
  }

  /** In its place, and nothing after it. */
  keep(entry: StoredEntry): void {
    const { index } = this.#base;
    // Written before a compaction that overtook it: the snapshot has it.
    if (entry.index <= index) return;
    invariant(entry.index <= this.lastIndex + 1, () => `entry ${entry.index} leaves a gap after ${this.lastIndex}`);
    this.#entries.length = entry.index - index - 1;
    this.#entries.push(entry);
  }

  /** Nothing of it counts any more; the next entry follows `base`. */
  restart(base: TermRun): void {
    this.#base = { index: base.index, term: base.term };
    this.#entries = [];
  }

  /** Entries up to and with `index` go. */
  compact(index: number): void {
    const term = this.term(index);
    if (term === undefined || index <= this.#base.index) return;
    this.#entries = this.#entries.slice(index - this.#base.index);
    this.#base = { index, term };
  }

  read(first: number, last: number, maxBytes: number): StoredEntry[] {
    const { index: base } = this.#base;
    invariant(
      base < first && first <= last && last <= this.lastIndex,
      () => `read of ${first} to ${last}, there are ${base + 1} to ${this.lastIndex}`,
    );
    let end = first;
    for (let bytes = 0; end <= last; end++) {
      bytes += this.at(end)?.data.length ?? 0;
      if (bytes > maxBytes && end > first) break;
    }
    return this.#entries.slice(first - base - 1, end - base - 1);
  }

  terms(): TermRun[] {
    const runs: TermRun[] = [];
    for (const { index, term } of this.#entries) if (runs.at(-1)?.term !== term) runs.push({ index, term });
    return runs;
  }

  copy(): LogContent {
    const copy = new LogContent();
    copy.#base = this.#base;
    copy.#entries = [...this.#entries];
    return copy;
  }
}
