/** Virtual time: what happens next is what is due first; of what is due together, what was asked for first. */
interface Due {
  readonly time: number;
  readonly order: number;
  readonly action: () => void;
}

export class Schedule {
  /** In units that only the users of a schedule give a meaning. Never goes back. */
  now = 0;
  #order = 0;
  /** A binary heap: no one is due after its children at 2i + 1 and 2i + 2. */
  readonly #heap: Due[] = [];

  after(delay: number, action: () => void): void {
    this.#order += 1;
    const due: Due = { time: this.now + delay, order: this.#order, action };
    let hole = this.#heap.length;
    this.#heap.push(due);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || !isBefore(due, above)) break;
      this.#heap[hole] = above;
      hole = parent;
    }
    this.#heap[hole] = due;
  }

  /** Does what is due first, and at `latest` at the latest. False when there is nothing. */
  step(latest = Number.POSITIVE_INFINITY): boolean {
    const [first] = this.#heap;
    if (first === undefined || first.time > latest) return false;
    this.#removeFirst();
    this.now = first.time;
    first.action();
    return true;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      let below = this.#heap[child];
      if (below === undefined) break;
      const other = this.#heap[child + 1];
      if (other !== undefined && isBefore(other, below)) {
        below = other;
        child += 1;
      }
      if (!isBefore(below, last)) break;
      this.#heap[hole] = below;
      hole = child;
    }
    this.#heap[hole] = last;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
