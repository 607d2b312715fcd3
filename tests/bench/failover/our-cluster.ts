/** Our stack, by the doors that users have: the gateway's port, GET /cluster, and what `tutti node …` asks. */
import { askDoor } from "../../../local-stack/supervisor/door-client.ts";
import { addTrackProtocol } from "../targets/add-track-protocol.ts";
import { type RunningStack, startStack } from "../targets/stack.ts";
import { BEHIND_ENTRIES, type FailoverCluster, type FailoverTarget, NODES, type Survey } from "./failover-target.ts";

/** The group that is written to. */
const GROUP = "queue";

export const ours: FailoverTarget = {
  name: "Tutti",
  missing: () => undefined,
  start: async (parent) => new OurCluster(await startStack(parent, ["--nodes", String(NODES)])),
};

class OurCluster implements FailoverCluster {
  readonly #stack: RunningStack;
  readonly #rooms = new Set<string>();
  /** By node, as of the last survey. */
  #pids = new Map<number, number>();

  constructor(stack: RunningStack) {
    this.#stack = stack;
  }

  async survey(): Promise<Survey | undefined> {
    const report = await this.#stack.cluster();
    if (report === undefined || !report.nodes.every(({ alive, member }) => alive && member)) return undefined;
    this.#pids = new Map(report.nodes.flatMap(({ id, pid }) => (pid === null ? [] : [[id, pid] as const])));
    const groups = report.groups.flatMap(({ name, leader, term, members }) => {
      const committed = Math.max(...members.map(({ commit_index }) => commit_index));
      const isWell = members.every(
        (member) =>
          (member.role === "leader" || member.role === "follower") &&
          member.term === term &&
          member.applied_index >= committed - BEHIND_ENTRIES,
      );
      return leader !== null && isWell ? [{ name, leader, term }] : [];
    });
    const written = groups.find(({ name }) => name === GROUP);
    return written && groups.length === report.groups.length ? { written, groups } : undefined;
  }

  doors() {
    const { port } = this.#stack;
    return [{ port, protocol: addTrackProtocol(port, this.#rooms) }];
  }

  /** The stack starts it again, as any node that died. */
  async kill(node: number): Promise<void> {
    const pid = this.#pids.get(node);
    if (pid === undefined) throw new Error(`node ${node} has no process`);
    process.kill(pid, "SIGKILL");
  }

  async stop(node: number): Promise<void> {
    await askDoor(this.#stack.data, "POST", `/nodes/${node}/stop`);
    await askDoor(this.#stack.data, "POST", `/nodes/${node}/restart`);
  }

  end(): Promise<void> {
    return this.#stack.end();
  }
}
