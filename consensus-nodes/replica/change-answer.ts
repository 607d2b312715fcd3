/** What whoever runs a group is answered: to changes of its members and of its leader, and to checkpoints. */
import type { NodeId } from "../raft/message.ts";
import type { ChangeOutcome } from "../raft/proposal.ts";

export type ChangeAnswer = { readonly ok: true } | { readonly ok: false; readonly message: string };

export const NOT_LEADER = "this node does not lead the group";
export const changeRefusals: Readonly<Record<Extract<ChangeOutcome, { ok: false }>["refusal"], string>> = {
  NotLeader: NOT_LEADER,
  Transferring: "another is just taking over the lead",
  Overloaded: "the group cannot take more at the moment",
  Invalid: "a group has a voter at least, and a bounded number of members",
  NotSingle: "one voter comes or goes at a time",
  NotCaughtUp: "the node has not caught up",
  ChangePending: "the change before is not decided yet",
  TermNotCommitted: "the leader was just elected",
};

export type CheckpointOutcome =
  | { readonly ok: true; readonly index: number }
  | { readonly ok: false; readonly leader: NodeId | null; readonly message: string };
