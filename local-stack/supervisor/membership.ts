/**
 * Nodes that come and go while the stack runs: in every group one change at a time, each decided by the group itself
 * (dissertation, section 4.1). What was interrupted is gone on with by asking for the same again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeReply, NodeStatus } from "../../proto/generated/control.ts";
import { NodeControl } from "./node-control.ts";
import { Refusal } from "./refusal.ts";

/** Without any progress; then it is given up, and can be asked for again. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 50;

export type Step = "learn" | "promote" | "remove";

export class Membership {
  readonly #addresses: ReadonlyMap<number, string>;

  /** @param addresses of all nodes, by id, as they are when it is asked */
  constructor(addresses: ReadonlyMap<number, string>) {
    this.#addresses = addresses;
  }

  /** The node is sent all logs, and then counts in every majority. @throws {Refusal} */
  async admit(node: number): Promise<void> {
    await this.#inEveryGroup(async (controls, group) => {
      await this.#until(controls, group, node, "learn");
      await this.#until(controls, group, node, "promote");
    });
  }

  /** The node counts nowhere any more. @throws {Refusal} */
  async dismiss(node: number): Promise<void> {
    await this.#inEveryGroup((controls, group) => this.#until(controls, group, node, "remove"));
  }

  /** @throws {Refusal} when there is no such group, or the other cannot lead it. */
  async moveLeader(group: string, to: number): Promise<void> {
    await this.#withControls(async (controls) => {
      await this.#requireGroup(controls, group);
      const end = performance.now() + PATIENCE_MS;
      for (let last = ""; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
        const reply = await askLeader(controls, group, (control) => control.transferLeadership(group, to));
        if (reply?.leader === to) return;
        if (reply !== undefined && !reply.ok) last = reply.message;
        if (last.includes("has no vote")) throw new Refusal(last);
      }
      throw new Refusal(`node ${to} does not lead ${group} after ${PATIENCE_MS / 1000} s`);
    });
  }

  async #inEveryGroup(change: (controls: Controls, group: string) => Promise<void>): Promise<void> {
    await this.#withControls(async (controls) => {
      const statuses = await statusesOf(controls);
      const groups = new Set(statuses.flatMap(({ groups }) => groups.map(({ name }) => name)));
      if (groups.size === 0) throw new Refusal("no node answers");
      for (const group of groups) await change(controls, group);
    });
  }

  /** Asks until it is so, and committed. */
  async #until(controls: Controls, group: string, node: number, step: Step): Promise<void> {
    const address = this.#addresses.get(node) ?? "";
    let match = -1;
    let end = performance.now() + PATIENCE_MS;
    let last = "no leader answers";
    while (performance.now() < end) {
      const leader = await leaderOf(controls, group);
      const member = leader?.members.find(({ id }) => id === node);
      // A node that comes names its disk: the vote that its id may have had before was another disk's.
      const disk = step === "learn" ? await diskOf(controls, node) : "";
      if (leader?.membersCommitted && disk !== undefined && isDone(step, member, disk)) return;
      if (disk === undefined) {
        last = `node ${node} does not answer`;
        await sleep(LOOK_EVERY_MS);
        continue;
      }
      // Catching up may take long; as long as it goes on, it is waited for.
      if (member !== undefined && member.match > match) {
        match = member.match;
        end = performance.now() + PATIENCE_MS;
      }
      const reply = await askLeader(controls, group, (control) =>
        control.changeMembership({ group, node, step, address, disk }),
      );
      if (reply !== undefined && !reply.ok) last = reply.message;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Refusal(`${group}: ${last}; asked for the same again, it is gone on with`);
  }

  async #requireGroup(controls: Controls, group: string): Promise<void> {
    const names = new Set((await statusesOf(controls)).flatMap(({ groups }) => groups.map(({ name }) => name)));
    if (names.size === 0) throw new Refusal("no node answers");
    if (!names.has(group)) {
      throw new Refusal(`there is no group ${JSON.stringify(group)}, only ${[...names].join(", ")}`, 2);
    }
  }

  async #withControls(use: (controls: Controls) => Promise<void>): Promise<void> {
    const controls = new Map([...this.#addresses].map(([id, address]) => [id, new NodeControl(address)]));
    try {
      await use(controls);
    } finally {
      for (const control of controls.values()) control.close();
    }
  }
}

type Controls = ReadonlyMap<number, NodeControl>;

function isDone(
  step: Step,
  member: { readonly voter: boolean; readonly disk: string } | undefined,
  disk: string,
): boolean {
  if (step === "remove") return member === undefined;
  return step === "learn" ? member?.disk === disk : member?.voter === true;
}

/** Undefined while the node does not answer. */
async function diskOf(controls: Controls, node: number): Promise<string | undefined> {
  return (await controls.get(node)?.status())?.disk;
}

async function statusesOf(controls: Controls): Promise<NodeStatus[]> {
  const statuses = await Promise.all([...controls.values()].map((control) => control.status()));
  return statuses.filter((status) => status !== undefined);
}

/** Of the newest term: one that was cut off may still take itself for the leader of an older one. */
async function leadingNode(controls: Controls, group: string) {
  const leading = (await statusesOf(controls)).flatMap(({ id, groups }) =>
    groups.filter(({ name, role }) => name === group && role === "leader").map((status) => ({ id, status })),
  );
  return leading.toSorted((one, other) => other.status.term - one.status.term)[0];
}

async function leaderOf(controls: Controls, group: string) {
  return (await leadingNode(controls, group))?.status;
}

async function askLeader(
  controls: Controls,
  group: string,
  ask: (control: NodeControl) => Promise<ChangeReply | undefined>,
): Promise<ChangeReply | undefined> {
  const leader = await leadingNode(controls, group);
  const control = leader === undefined ? undefined : controls.get(leader.id);
  return control === undefined ? undefined : ask(control);
}
