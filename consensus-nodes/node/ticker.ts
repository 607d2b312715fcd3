/**
 * The clock of a node, in ticks. While nothing goes on, several come at once: a node that does nothing else then wakes up for
 * heartbeats only, and all groups that it leads send theirs in one parcel. What stirs it brings single ticks back at once.
 *
 *     | | | | | | | |         |         |      | | | | |
 *     busy            calm                stirred: what has passed, then one by one
 *
 * Nodes that are calm wake up together, whenever the wall clock shows a multiple of CALM_MS: what all others send then meets a node that
 * is awake, instead of waking it once for each of them. Nothing depends on that: clocks that disagree only cost wake-ups.
 *
 * A tick stands for time that has passed, and missed ones are never made up for: a process that was paused wakes up with at most
 * CALM_TICKS - 1 of them.
 */
import { TICK_MS } from "./timing.ts";

/** More than two heartbeats, and still less than half of the shortest election timeout: one parcel may fail to come. */
export const CALM_TICKS = 12;
const CALM_MS = CALM_TICKS * TICK_MS;

export interface TickerOptions {
  readonly tick: () => void;
  /** Whether nothing depends on so many ticks coming one by one. */
  readonly calm: (ticks: number) => boolean;
  /** CALM_TICKS have passed in which nothing went on. */
  readonly rested?: () => void;
}

export class Ticker {
  readonly #options: TickerOptions;
  #timer: NodeJS.Timeout;
  #calm = false;
  /** Due when #timer fires. 1 <= #due <= CALM_TICKS */
  #due = 1;
  /** A tick, and nothing else, has just ended a calm. #lapsed implies not #calm */
  #lapsed = false;
  /** When #timer was set, on the clock of performance.now(). */
  #since = performance.now();

  constructor(options: TickerOptions) {
    this.#options = options;
    this.#timer = this.#arm();
  }

  /** Something may have happened: to be called after each turn. */
  stirred(): void {
    if (this.#lapsed) this.#restore();
    if (!this.#calm || this.#options.calm(CALM_TICKS)) return;
    clearTimeout(this.#timer);
    this.#calm = false;
    const passed = Math.floor((performance.now() - this.#since) / TICK_MS);
    this.#tick(Math.min(passed, CALM_TICKS - 1));
    this.#timer = this.#arm();
  }

  /** When all wake up at once a heartbeat may come just after the tick that missed it. */
  #restore(): void {
    if (!this.#options.calm(CALM_TICKS)) return;
    clearTimeout(this.#timer);
    this.#lapsed = false;
    this.#calm = true;
    this.#timer = this.#arm();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #arm(): NodeJS.Timeout {
    this.#since = performance.now();
    const wait = this.#calm ? untilAllWake() : TICK_MS;
    this.#due = Math.min(Math.round(wait / TICK_MS), CALM_TICKS);
    return setTimeout(() => this.#fire(), wait);
  }

  #fire(): void {
    this.#tick(this.#due);
    const wasCalm = this.#calm;
    if (wasCalm) this.#options.rested?.();
    this.#calm = this.#options.calm(CALM_TICKS);
    this.#lapsed = wasCalm && !this.#calm;
    this.#timer = this.#arm();
  }

  #tick(times: number): void {
    for (let time = 0; time < times; time++) this.#options.tick();
  }
}

/** Milliseconds; a tick's half is the least that counts as one, and the most by which a timer may have come early. */
function untilAllWake(): number {
  const left = CALM_MS - (Date.now() % CALM_MS);
  return left < TICK_MS / 2 ? left + CALM_MS : left;
}
