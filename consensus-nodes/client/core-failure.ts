/** Why the core gave no result. A refusal by a machine (no such track) is a result, not a failure. */
export type CoreFailure =
  /** No leader within the deadline; nothing was done. */
  | { readonly kind: "NoLeader"; readonly message: string }
  /** The group holds as much uncommitted work as it may; nothing was done. */
  | { readonly kind: "Overloaded"; readonly message: string }
  /** The command reached a leader and was not answered in time: it may have happened, or may yet. `led`: a leader is known now. */
  | { readonly kind: "Unknown"; readonly led: boolean; readonly message: string }
  /** A query was not answered in time. */
  | { readonly kind: "Timeout"; readonly message: string }
  /** The idempotency key was used before, with another request; nothing was done. */
  | { readonly kind: "KeyReused"; readonly message: string }
  /** What it is about is locked by a transaction, for longer than a command waits; nothing was done. */
  | { readonly kind: "Conflict"; readonly message: string }
  /** Refused by the schema of the command or query; nothing was done. */
  | { readonly kind: "Invalid"; readonly message: string }
  /** The machine failed on it: a defect. Every node failed alike; what the command had changed until then stays. */
  | { readonly kind: "Defect"; readonly message: string };

/** A failure on its way through a handler to the one place that turns it into a status. */
export class CoreError extends Error {
  readonly failure: CoreFailure;

  constructor(failure: CoreFailure) {
    super(failure.message);
    this.name = "CoreError";
    this.failure = failure;
  }
}
