/**
 * Commands that met a transaction's lock. Most locks pass within milliseconds, so such a command is sent again for a while, under
 * a new number, before its caller is told Conflict.
 */
import { type ClientRuntime, systemRuntime } from "./client-runtime.ts";
import type { PendingCall } from "./pending-call.ts";

/** After so long it is sent again: the time of a transaction that meets no trouble. */
const SEND_AGAIN_MS = 20;
/** Since it first met the lock. A transaction that lasts longer has lost its coordinator. */
const PATIENCE_MS = 1000;

export class LockedCalls {
  readonly #sendAgain: (calls: readonly PendingCall[]) => void;
  readonly #waiting = new Map<PendingCall, string>();
  readonly #runtime: ClientRuntime;
  #cancel: (() => void) | undefined;

  constructor(sendAgain: (calls: readonly PendingCall[]) => void, runtime = systemRuntime) {
    this.#sendAgain = sendAgain;
    this.#runtime = runtime;
  }

  /** @param message names the transaction in the way. */
  add(call: PendingCall, message: string): void {
    const now = this.#runtime.now();
    call.lockedSince ??= now;
    if (call.settled) return;
    if (now + SEND_AGAIN_MS >= Math.min(call.lockedSince + PATIENCE_MS, call.expiry)) {
      return call.fail({ kind: "Conflict", message });
    }
    this.#waiting.set(call, message);
    this.#cancel ??= this.#runtime.after(SEND_AGAIN_MS, () => {
      this.#cancel = undefined;
      const calls = [...this.#waiting.keys()];
      this.#waiting.clear();
      this.#sendAgain(calls);
    });
  }

  close(): void {
    this.#cancel?.();
    for (const [call, message] of this.#waiting) call.fail({ kind: "Conflict", message });
  }
}
