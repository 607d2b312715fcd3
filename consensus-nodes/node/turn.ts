/**
 * The rhythm of a node. Whatever arrives in one iteration of the event loop is taken first; then every group that has work
 * carries it out once; then what is to be sent leaves, one message per stream. That is where batches come from.
 */
export class Turn {
  readonly #work = new Set<() => void>();
  readonly #flushes = new Set<() => void>();
  readonly #onEnd: () => void;
  #scheduled = false;
  #ended = false;

  /** @param onEnd called after each turn */
  constructor(onEnd: () => void = () => {}) {
    this.#onEnd = onEnd;
  }

  /** Runs `work` once in the coming turn. Asked for during a turn, it runs in the next. */
  requestWork(work: () => void): void {
    this.#work.add(work);
    this.#schedule();
  }

  /** Runs `flush` once in the coming turn, after all work; asked for by that work, still in the same turn. */
  requestFlush(flush: () => void): void {
    this.#flushes.add(flush);
    this.#schedule();
  }

  /** Nothing runs any more, also what was asked for: the logs are about to be closed. */
  end(): void {
    this.#ended = true;
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    // After the I/O callbacks of this iteration: what arrived together is handled together.
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    if (this.#ended) return;
    const work = [...this.#work];
    this.#work.clear();
    for (const run of work) run();
    const flushes = [...this.#flushes];
    this.#flushes.clear();
    for (const flush of flushes) flush();
    if (this.#work.size > 0) this.#schedule();
    this.#onEnd();
  }
}
