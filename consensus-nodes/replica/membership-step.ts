/** One step of a change of members, from what there is to what is asked for (dissertation, sections 4.1 and 4.2.1). */
import type { Configuration, Member } from "../raft/membership.ts";
import type { NodeId } from "../raft/message.ts";

export type MembershipStep =
  /** It is sent all entries from now on, and counts in no majority. */
  | { readonly type: "learn"; readonly id: NodeId; readonly address: string; readonly disk: string }
  /** It counts in majorities, once it has caught up. */
  | { readonly type: "promote"; readonly id: NodeId }
  | { readonly type: "remove"; readonly id: NodeId };

/** Entries a learner may lack when it becomes a voter: a moment's worth, so that the group does not wait for it. */
export const MAX_LAG = 1000;

/** The configuration that the step asks for; "done" when there is nothing to do; a sentence when it cannot be. */
export function nextConfiguration(
  { members }: Configuration,
  step: MembershipStep,
  lagOf: (id: NodeId) => number | undefined,
): Configuration | { readonly done: true } | { readonly refusal: string } {
  const member = members.find(({ id }) => id === step.id);
  switch (step.type) {
    case "learn": {
      const { id, address, disk } = step;
      if (member?.address === address && member.disk === disk) return { done: true };
      if (member?.voter) return { refusal: `node ${id} is a voter already, with another disk or at another address` };
      const learner: Member = { id, voter: false, address, disk };
      return { members: [...members.filter(({ id }) => id !== step.id), learner] };
    }
    case "promote": {
      if (member === undefined) return { refusal: `node ${step.id} is not a member` };
      if (member.voter) return { done: true };
      const lag = lagOf(step.id);
      if (lag === undefined || lag > MAX_LAG) return { refusal: `node ${step.id} has not caught up` };
      return { members: members.map((each) => (each === member ? { ...each, voter: true } : each)) };
    }
    case "remove":
      if (member === undefined) return { done: true };
      return { members: members.filter((each) => each !== member) };
  }
}
