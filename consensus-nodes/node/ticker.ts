/**
 * The clock of a node, in ticks. While nothing goes on, several come at once: a node that does nothing else then wakes up for
 * heartbeats only, and all groups that it leads send theirs in one parcel. What stirs it brings single ticks back at once.
 *
 *     | | | | | | | |         |         |      | | | | |
 *     busy            calm                stirred: what has passed, then one by one
 *
 * A tick stands for time that has passed, and missed ones are never made up for: a process that was paused wakes up with at most
 * CALM_TICKS - 1 of them.
 */
import { TICK_MS } from "./timing.ts";

/** Two heartbeats long: still less than half of the shortest election timeout. */
export const CALM_TICKS = 10;

export interface TickerOptions {
  readonly tick: () => void;
  /** Whether nothing depends on so many ticks coming one by one. */
  readonly calm: (ticks: number) => boolean;
  /** CALM_TICKS have passed in which nothing went on. @param rests in a row, this one included */
  readonly rested?: (rests: number) => void;
}

export class Ticker {
  readonly #options: TickerOptions;
  #timer: NodeJS.Timeout;
  /** CALM_TICKS are due when #timer fires, else one. */
  #calm = false;
  #rests = 0;
  /** When #timer was set, on the clock of performance.now(). */
  #since = performance.now();

  constructor(options: TickerOptions) {
    this.#options = options;
    this.#timer = this.#arm();
  }

  /** Something may have happened: to be called after each turn. */
  stirred(): void {
    if (!this.#calm || this.#options.calm(CALM_TICKS)) return;
    clearTimeout(this.#timer);
    this.#calm = false;
    this.#rests = 0;
    const passed = Math.floor((performance.now() - this.#since) / TICK_MS);
    this.#tick(Math.min(passed, CALM_TICKS - 1));
    this.#timer = this.#arm();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #arm(): NodeJS.Timeout {
    this.#since = performance.now();
    return setTimeout(() => this.#fire(), this.#calm ? CALM_TICKS * TICK_MS : TICK_MS);
  }

  #fire(): void {
    this.#tick(this.#calm ? CALM_TICKS : 1);
    if (this.#calm) this.#options.rested?.(++this.#rests);
    this.#calm = this.#options.calm(CALM_TICKS);
    this.#timer = this.#arm();
  }

  #tick(times: number): void {
    for (let time = 0; time < times; time++) this.#options.tick();
  }
}
