/** Whoever changes the members of groups, one step at a time, and asks again until it is done: `tutti node add|remove|replace`. */
import type { NodeId } from "../../consensus-nodes/raft/message.ts";
import type { MembershipStep } from "../../consensus-nodes/replica/membership-step.ts";
import type { Replica } from "../../consensus-nodes/replica/replica.ts";
import type { NodeLife } from "./node-life.ts";
import type { World } from "./world.ts";

/** Milliseconds between two attempts. */
const RETRY = 40;

interface Step {
  readonly type: MembershipStep["type"];
  readonly id: NodeId;
}

interface Change {
  readonly group: string;
  readonly steps: readonly Step[];
  done: number;
}

export class Operator {
  readonly #world: World;
  readonly #changes: Change[] = [];
  /** Nodes that will be replaced. */
  expected = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** What is not done yet; undefined when all is. */
  get pending(): string | undefined {
    if (this.expected > 0) return "an operator is on the way";
    const change = this.#changes.find(({ steps, done }) => done < steps.length);
    return change && `${change.group}: ${JSON.stringify(change.steps[change.done])}`;
  }

  join(id: NodeId): void {
    this.#change([
      { type: "learn", id },
      { type: "promote", id },
    ]);
  }

  leave(id: NodeId): void {
    this.#change([{ type: "remove", id }]);
  }

  replace(id: NodeId): void {
    this.#change([
      { type: "remove", id },
      { type: "learn", id },
      { type: "promote", id },
    ]);
  }

  transfer(group: string, to: NodeId): void {
    const leader = this.#leader(group);
    leader?.step(() => {
      if (leader.replicas.get(group)?.membership.transferLeadership(to).ok) this.#world.count("transfers begun");
    });
  }

  #change(steps: readonly Step[]): void {
    for (const { name: group } of this.#world.settings.machines) {
      const change = { group, steps, done: 0 };
      this.#changes.push(change);
      // After what was asked for before it.
      const before = this.#changes.filter((other) => other !== change && other.group === group);
      this.#attempt(change, before);
    }
  }

  #attempt(change: Change, before: readonly Change[]): void {
    const { group, steps } = change;
    const leader = this.#leader(group);
    if (before.every(({ steps, done }) => done === steps.length)) {
      leader?.step(() => {
        const replica = leader.replicas.get(group);
        const step = steps[change.done];
        if (replica === undefined || step === undefined) return;
        if (isDone(replica, step, this.#diskOf(step.id))) {
          change.done += 1;
          this.#world.count("membership steps");
          this.#world.trace.add(`${group} ${step.type} of ${step.id} is done`, leader.id);
        } else {
          // What is committed so far is by the members so far.
          leader.observe(group);
          replica.membership.change({ ...step, address: "", disk: this.#diskOf(step.id) });
        }
      });
    }
    if (change.done < steps.length) this.#world.schedule.after(RETRY, () => this.#attempt(change, before));
  }

  #diskOf(id: NodeId): string {
    return this.#world.nodes[id]?.diskName ?? "";
  }

  /** Of those who say they lead, the one of the newest term. */
  #leader(group: string): NodeLife | undefined {
    const lives = this.#world.nodes.flatMap(({ life }) =>
      life?.replicas.get(group)?.status.role === "leader" ? life : [],
    );
    const term = (life: NodeLife) => life.replicas.get(group)?.status.term ?? 0;
    return lives.sort((a, b) => term(b) - term(a))[0];
  }
}

function isDone(replica: Replica, { type, id }: Step, disk: string): boolean {
  if (replica.membership.configurationIndex > replica.status.commit) return false;
  const member = replica.membership.members.find((each) => each.id === id);
  switch (type) {
    case "learn":
      return member?.disk === disk && !member.voter;
    case "promote":
      return member?.voter === true;
    case "remove":
      return member === undefined;
  }
}
