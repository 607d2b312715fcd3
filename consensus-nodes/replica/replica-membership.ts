/** Who is a member of one Raft group, who leads it, and how an operator changes either: as its replica on this node knows and can do it. */
import type { Member } from "../raft/membership.ts";
import type { NodeId } from "../raft/message.ts";
import type { Raft } from "../raft/raft.ts";
import { type ChangeAnswer, changeRefusals, NOT_LEADER } from "./change-answer.ts";
import type { LogClock } from "./log-clock.ts";
import { type MembershipStep, nextConfiguration } from "./membership-step.ts";

export class ReplicaMembership {
  readonly #id: NodeId;
  readonly #raft: Raft;
  readonly #clock: LogClock;
  readonly #requestTurn: () => void;

  constructor(id: NodeId, raft: Raft, clock: LogClock, requestTurn: () => void) {
    this.#id = id;
    this.#raft = raft;
    this.#clock = clock;
    this.#requestTurn = requestTurn;
  }

  /** As of the newest configuration in the log, committed or not. */
  get members(): readonly Member[] {
    return this.#raft.configuration.members;
  }

  /** Of the entry that says who the members are; 0 for the founding. It is committed when `commit` has reached it. */
  get configurationIndex(): number {
    return this.#raft.configurationIndex;
  }

  /** This node counts in no majority, as far as it knows. */
  get isLearner(): boolean {
    return !this.members.some(({ id, voter }) => voter && id === this.#id);
  }

  /** On the leader: up to where the log of `id` is known to be this one. Else 0. */
  matchOf(id: NodeId): number {
    if (this.#raft.role === "leader" && id === this.#id) return this.#raft.lastIndex;
    return this.#raft.progress.find((follower) => follower.id === id)?.match ?? 0;
  }

  /** One step of a change of members, when this node leads: in the log when it is answered, decided once that entry is committed. */
  change(step: MembershipStep): ChangeAnswer {
    if (this.#raft.role !== "leader") return { ok: false, message: NOT_LEADER };
    const next = nextConfiguration(this.#raft.configuration, step, (id) => this.#raft.lastIndex - this.matchOf(id));
    if ("refusal" in next) return { ok: false, message: next.refusal };
    if ("done" in next) {
      const committed = this.configurationIndex <= this.#raft.commit;
      return committed ? { ok: true } : { ok: false, message: changeRefusals.ChangePending };
    }
    const proposed = this.#raft.changeMembership(next, this.#clock.read());
    this.#requestTurn();
    return proposed.ok ? { ok: true } : { ok: false, message: changeRefusals[proposed.refusal] };
  }

  /** Lets another voter lead, when this node does; it does when that one has won its election. */
  transferLeadership(to: NodeId): ChangeAnswer {
    const { role, leader } = this.#raft;
    if (leader === to) return { ok: true };
    if (role !== "leader") return { ok: false, message: NOT_LEADER };
    if (!this.members.some(({ id, voter }) => voter && id === to)) {
      return { ok: false, message: `node ${to} has no vote in this group` };
    }
    this.#requestTurn();
    return this.#raft.transferLeadership(to) ? { ok: true } : { ok: false, message: changeRefusals.Transferring };
  }

  /** Lets the voter lead that was heard from last and is furthest along. @returns false when there is no other voter */
  handOver(): boolean {
    const voters = this.#raft.progress.filter(({ id }) =>
      this.members.some((member) => member.voter && member.id === id),
    );
    // One whose connection broke a moment ago has been heard of since the last check, and is sent nothing now.
    const reached = voters.filter(({ state }) => state === "replicate");
    const [first] = reached.toSorted((one, other) => one.silence - other.silence || other.match - one.match);
    if (first !== undefined) this.transferLeadership(first.id);
    return voters.length > 0;
  }
}
