import type { Entry, HardState, Message, NodeId, Outgoing } from "./message.ts";
import type { ConfirmedRead } from "./read-index.ts";

export type Role = "follower" | "preCandidate" | "candidate" | "leader";

/** Worth a line in the log, or a reaction of the driver. */
export type Event =
  | { readonly type: "electionTimeout" }
  | { readonly type: "becameLeader"; readonly term: number; readonly votes: number }
  | { readonly type: "steppedDown"; readonly reason: "higher term" | "quorum lost" }
  | { readonly type: "leaderKnown"; readonly leader: NodeId | null };

/**
 * What the driver has to do, once per turn. The order matters:
 *
 *  1. `hardState` and `entries` (an entry at or below the last index replaces the suffix from there) go to disk.
 *  2. `messages` may leave at once, beside the writing: what a leader sends is not a promise about its own disk.
 *  3. `promises` leave when all that was ever handed over before them, and step 1, is durable: votes, acknowledgements.
 *  4. When it is durable, `advance(ready)`, in the order in which they were taken. One with nothing to persist needs no advance.
 *  5. Entries up to `commit` may be applied, and each of `reads` answered once its index is applied.
 */
export interface Ready {
  readonly hardState: HardState | undefined;
  readonly entries: readonly Entry[];
  readonly messages: readonly Outgoing[];
  readonly promises: readonly Message[];
  readonly commit: number;
  /** Of reads asked for here. */
  readonly reads: readonly ConfirmedRead[];
  /** Contexts of reads asked for here that cannot be confirmed; they may be asked again under a new context. */
  readonly failedReads: readonly number[];
  readonly events: readonly Event[];
}
