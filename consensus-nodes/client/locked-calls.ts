/**
 * Commands that met a transaction's lock. Most locks pass within milliseconds, so such a command is sent again for a while, under
 * a new number, before its caller is told Conflict.
 */
import type { PendingCall } from "./pending-call.ts";

/** After so long it is sent again: the time of a transaction that meets no trouble. */
const SEND_AGAIN_MS = 20;
/** Since it first met the lock. A transaction that lasts longer has lost its coordinator. */
const PATIENCE_MS = 1000;

export class LockedCalls {
  readonly #sendAgain: (calls: readonly PendingCall[]) => void;
  readonly #waiting = new Map<PendingCall, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sendAgain: (calls: readonly PendingCall[]) => void) {
    this.#sendAgain = sendAgain;
  }

  /** @param message names the transaction in the way. */
  add(call: PendingCall, message: string): void {
    const now = performance.now();
    call.lockedSince ??= now;
    if (call.settled) return;
    if (now + SEND_AGAIN_MS >= Math.min(call.lockedSince + PATIENCE_MS, call.expiry)) {
      return call.fail({ kind: "Conflict", message });
    }
    this.#waiting.set(call, message);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const calls = [...this.#waiting.keys()];
      this.#waiting.clear();
      this.#sendAgain(calls);
    }, SEND_AGAIN_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const [call, message] of this.#waiting) call.fail({ kind: "Conflict", message });
  }
}
