/**
 * The clock by which a leader stamps entries: its wall clock, but never back along a log, and never still. Where the log is ahead,
 * because the wall clock of some leader once was, it goes on at half the speed until the wall clock has caught up. Stood it still
 * instead, what falls due by it would wait for as long as that clock was wrong: transactions that nobody decides, with their locks.
 *
 *     wall   10:00  10:01 │ 11:02 │ 10:03  10:05  …  12:03        one leader was an hour ahead
 *     log    10:00  10:01 │ 11:02 │ 11:02  11:03  …  12:03
 */
export class LogClock {
  readonly #wall: () => number;
  /** What the log's clock read, to fractions, when the wall clock read #at. Never goes back. */
  #time: number;
  #at: number;

  /** @param wall milliseconds since the epoch @param latest of the last entry of the log */
  constructor(wall: () => number, latest: number) {
    this.#wall = wall;
    this.#time = latest;
    this.#at = wall();
  }

  /** An entry has that time. */
  learn(time: number): void {
    if (time <= this.#time) return;
    this.#time = time;
    this.#at = this.#wall();
  }

  /** Whole milliseconds since the epoch. */
  read(): number {
    const wall = this.#wall();
    // A wall clock that was set back has not run backwards: nothing has passed.
    const passed = Math.max(0, wall - this.#at);
    this.#time = Math.max(wall, this.#time + passed / 2);
    this.#at = wall;
    return Math.floor(this.#time);
  }
}
