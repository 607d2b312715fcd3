import type { CoreCall, CoreReply } from "./core-channel.ts";
import type { CoreFailure } from "./core-failure.ts";

/** A call and whoever waits for it. */
export class PendingCall {
  readonly call: CoreCall;
  /** Milliseconds, monotonic. */
  readonly expiry: number;
  /** Milliseconds, monotonic: since when a transaction's lock is in its way; nothing was done so far. */
  lockedSince: number | undefined;
  readonly #resolve: (reply: CoreReply) => void;
  #settled = false;

  constructor(call: CoreCall, expiry: number, resolve: (reply: CoreReply) => void) {
    this.call = call;
    this.expiry = expiry;
    this.#resolve = resolve;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** @param age of a stale answer, in milliseconds */
  succeed(value: unknown, leader: number | null, age?: number): void {
    this.#settle({ ok: true, value, leader, ...(age !== undefined && { age }) });
  }

  fail(failure: CoreFailure): void {
    this.#settle({ ok: false, failure });
  }

  #settle(reply: CoreReply): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#resolve(reply);
  }
}
