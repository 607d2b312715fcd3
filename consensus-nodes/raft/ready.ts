import type { TermRun } from "./log-terms.ts";
import type { Entry, HardState, Message, NodeId, Outgoing } from "./message.ts";
import type { ConfirmedRead } from "./read-index.ts";

export type Role = "follower" | "preCandidate" | "candidate" | "leader";

/** Worth a line in the log, or a reaction of the driver. */
export type Event =
  | { readonly type: "electionTimeout" }
  | { readonly type: "becameLeader"; readonly term: number; readonly votes: number }
  | { readonly type: "steppedDown"; readonly reason: "higher term" | "quorum lost" | "removed" }
  | { readonly type: "leaderKnown"; readonly leader: NodeId | null };

/** `from` has the snapshot that ends with this entry, or a newer one. */
export interface SnapshotOffer {
  readonly from: NodeId;
  readonly index: number;
  readonly term: number;
}

/**
 * What the driver has to do, once per turn. The order matters:
 *
 *  1. `restart`, `hardState` and `entries` go to disk, in this order. After `restart` the log is empty, and its next entry follows
 *     that one. An entry at or below the last index replaces the suffix from there.
 *  2. `messages` may leave at once, beside the writing: what a leader sends is not a promise about its own disk.
 *  3. `promises` leave when all that was ever handed over before them, and step 1, is durable: votes, acknowledgements.
 *  4. When it is durable, `advance(ready)`, in the order in which they were taken. One with nothing to persist needs no advance.
 *  5. Entries up to `commit` may be applied, and each of `reads` answered once its index is applied.
 *  6. What `offer` names is fetched, made durable, and then told by `restore`. It is repeated until it is told or outdated: one
 *     fetch at a time will do, and one that failed may be begun anew when the offer comes again.
 */
export interface Ready {
  readonly restart: TermRun | undefined;
  readonly hardState: HardState | undefined;
  readonly entries: readonly Entry[];
  readonly messages: readonly Outgoing[];
  readonly promises: readonly Message[];
  readonly commit: number;
  /** Of reads asked for here. */
  readonly reads: readonly ConfirmedRead[];
  /** Contexts of reads asked for here that cannot be confirmed; they may be asked again under a new context. */
  readonly failedReads: readonly number[];
  readonly offer: SnapshotOffer | undefined;
  readonly events: readonly Event[];
}
