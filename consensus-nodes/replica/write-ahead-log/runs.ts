/** A value for every index, kept as the indexes at which it changes: terms and segments have few of those. */
export class Runs {
  /** Strictly ascending. */
  readonly #starts: number[] = [];
  /** Of equal length; neighbours differ. */
  readonly #values: number[] = [];

  /** `index` and all after it have `value`, until the next call. Indexes ascend from call to call. */
  append(index: number, value: number): void {
    if (this.#values.at(-1) === value) return;
    this.#starts.push(index);
    this.#values.push(value);
  }

  /** Forgets `index` and all after it. */
  truncate(index: number): void {
    while ((this.#starts.at(-1) ?? -1) >= index) {
      this.#starts.pop();
      this.#values.pop();
    }
  }

  /** Forgets all before `index`, which keeps its value. */
  compact(index: number): void {
    const passed = this.#starts.findLastIndex((start) => start <= index);
    if (passed <= 0) return;
    this.#starts.splice(0, passed);
    this.#values.splice(0, passed);
  }

  /** undefined below the first run. */
  at(index: number): number | undefined {
    let low = 0;
    let high = this.#starts.length;
    // starts[i] <= index for all i < low; starts[i] > index for all i >= high
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? Number.POSITIVE_INFINITY) <= index) low = middle + 1;
      else high = middle;
    }
    return this.#values[low - 1];
  }

  *[Symbol.iterator](): Generator<[index: number, value: number]> {
    for (const [run, start] of this.#starts.entries()) yield [start, this.#values[run] ?? 0];
  }
}
