/** What goes in and out of `raft/`. Names are those of the Raft paper (figure 2) and dissertation (6.4, 9.6). */

export type NodeId = number;

/** What an entry is for. Numbers, for they stand in logs and on the wire. */
export const EntryKind = { noop: 0, commands: 1, deadline: 2, configuration: 3, checkpoint: 4 } as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

export interface Entry {
  readonly index: number;
  readonly term: number;
  /** An EntryKind. */
  readonly kind: number;
  /** Milliseconds since the epoch, stamped by the leader's driver. Opaque here. */
  readonly time: number;
  readonly data: Uint8Array;
}

/** What must be on disk before anything that follows from it is told (paper, figure 2, "persistent state"). */
export interface HardState {
  readonly term: number;
  readonly vote: NodeId | null;
}

export type Body =
  /** `term` of the message is the one the sender would start; nobody's term changes. */
  | { readonly type: "PreVote"; readonly lastIndex: number; readonly lastTerm: number }
  | { readonly type: "PreVoteReply"; readonly granted: boolean }
  | {
      readonly type: "RequestVote";
      readonly lastIndex: number;
      readonly lastTerm: number;
      /** The leader itself asked the sender to stand. */
      readonly transfer: boolean;
    }
  | { readonly type: "RequestVoteReply"; readonly granted: boolean }
  | ({ readonly type: "AppendEntries"; readonly entries: readonly Entry[] } & AppendHeader)
  | AppendEntriesReply
  /**
   * In place of AppendEntries while the entries that the follower needs next are gone: the leader's newest snapshot is to be had.
   * Carries no bytes. Answered by a successful AppendEntriesReply that names what is committed here.
   */
  | { readonly type: "InstallSnapshot"; readonly index: number; readonly snapshotTerm: number; readonly round: number }
  /** Stand for election at once (dissertation, section 3.10). */
  | { readonly type: "TimeoutNow" }
  | { readonly type: "ReadIndex"; readonly context: number }
  | { readonly type: "ReadIndexReply"; readonly context: number; readonly ok: boolean; readonly index: number };

interface AppendHeader {
  readonly previousIndex: number;
  readonly previousTerm: number;
  readonly commit: number;
  /** The newest read round; the reply repeats it. */
  readonly round: number;
}

interface AppendEntriesReply {
  readonly type: "AppendEntriesReply";
  readonly success: boolean;
  /** Success: the last index known to match, and durable. Refusal: the previousIndex that was refused. */
  readonly match: number;
  readonly round: number;
  /** Refusal: the follower's term at the conflict, 0 when its log is too short, and the first index it has of that term. */
  readonly conflictTerm: number;
  readonly conflictIndex: number;
  /** The follower's, as in membership.ts; a founder's first when absent. */
  readonly disk?: string;
}

interface Addressed {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly term: number;
}

export type Message = Addressed & Body;

/** An AppendEntries whose entries `first..last` the driver takes from its log; none when first > last. */
export type AppendRange = Addressed &
  AppendHeader & { readonly type: "AppendRange"; readonly first: number; readonly last: number };

export type Outgoing = Message | AppendRange;
