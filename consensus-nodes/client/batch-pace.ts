/**
 * When the next batch of a group's commands leaves. A batch costs the core the same whatever it holds, so while one is under way
 * the commands that come gather for the next. Another one leaves beside it when many have gathered, or when they have waited
 * for a while, as they do where the way to the nodes is long. What Nagle's algorithm is to TCP (RFC 896), with a bound to the wait.
 */
import type { ClientRuntime } from "./client-runtime.ts";

/** Under way at once. */
export const MAX_BATCHES_UNDER_WAY = 3;
/** Commands. */
export const WORTH_A_BATCH = 128;
/** Milliseconds: longer than a batch takes where the nodes are near. */
export const GATHER_MS = 10;

export class BatchPace {
  readonly #runtime: ClientRuntime;
  readonly #onWaited: () => void;
  #cancel: (() => void) | undefined;
  #waited = false;

  /** @param onWaited called when commands have waited for so long that another batch may leave */
  constructor(runtime: ClientRuntime, onWaited: () => void) {
    this.#runtime = runtime;
    this.#onWaited = onWaited;
  }

  /** Whether another batch may leave now. @param underWay batches @param waiting commands */
  allows(underWay: number, waiting: number): boolean {
    if (underWay === 0) return true;
    if (underWay >= MAX_BATCHES_UNDER_WAY || waiting === 0) return false;
    if (this.#waited || waiting >= WORTH_A_BATCH) return true;
    this.#cancel ??= this.#runtime.after(GATHER_MS, () => {
      this.#cancel = undefined;
      this.#waited = true;
      this.#onWaited();
    });
    return false;
  }

  /** A batch has taken what waited. */
  left(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waited = false;
  }
}
