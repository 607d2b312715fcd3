/** The cluster as its nodes tell it, asked anew when somebody looks. */
import type { GroupStatus, NodeStatus } from "../../proto/generated/control.ts";
import type { ClusterReport } from "./cluster-report.ts";
import { NodeControl } from "./node-control.ts";
import type { NodeProcess } from "./node-process.ts";
import type { Supervisor } from "./supervisor.ts";

/** However many look, the nodes are asked so often. */
const FRESH_MS = 100;

interface WatchedNode {
  readonly process: NodeProcess;
  readonly control: NodeControl;
  readonly address: string;
}

export class ClusterWatch {
  readonly #supervisor: Supervisor;
  /** By node id. */
  readonly #controls = new Map<number, NodeControl>();
  /** What each node said last, by id. */
  readonly #known = new Map<number, NodeStatus>();
  #report: Promise<ClusterReport> | undefined;
  /** When #report was begun, on the clock of performance.now(). */
  #asked = 0;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  /** As they are now: nodes come and go. */
  get #nodes(): readonly WatchedNode[] {
    const { nodes, addresses } = this.#supervisor;
    return nodes.map((process) => {
      const address = addresses.get(process.id) ?? "";
      const control = this.#controls.get(process.id) ?? new NodeControl(address);
      this.#controls.set(process.id, control);
      return { process, address, control };
    });
  }

  /** At most `fresh` milliseconds old. */
  report(fresh: number = FRESH_MS): Promise<ClusterReport> {
    const now = performance.now();
    if (this.#report === undefined || now - this.#asked > fresh) {
      this.#asked = now;
      this.#report = this.#ask();
    }
    return this.#report;
  }

  close(): void {
    for (const control of this.#controls.values()) control.close();
  }

  async #ask(): Promise<ClusterReport> {
    const watched = this.#nodes;
    const statuses = await Promise.all(
      watched.map(async ({ process, control }) => {
        const status = process.pid === undefined || process.paused ? undefined : await control.status();
        if (status !== undefined) this.#known.set(process.id, status);
        return status;
      }),
    );
    const nodes = watched.map(({ process, address }, place) => {
      const status = statuses[place];
      const last = status ?? this.#known.get(process.id);
      return {
        id: process.id,
        pid: process.pid ?? null,
        address,
        alive: status !== undefined,
        paused: process.paused,
        member: last?.member ?? true,
        cut: [...new Set([...(status?.links?.to ?? []), ...(status?.links?.from ?? [])])].sort((a, b) => a - b),
      };
    });
    return { nodes, groups: this.#groups(watched, new Set(nodes.filter(({ alive }) => alive).map(({ id }) => id))) };
  }

  #groups(watched: readonly WatchedNode[], alive: ReadonlySet<number>): ClusterReport["groups"] {
    const names = new Set([...this.#known.values()].flatMap(({ groups }) => groups.map(({ name }) => name)));
    return [...names].map((name) => {
      const members = watched.map(({ process: { id } }) => {
        const status = this.#known.get(id)?.groups.find((group) => group.name === name);
        return { id, ...member(status, alive.has(id)) };
      });
      // One that was cut off may still take itself for the leader of an older term.
      const leader = members
        .filter(({ role }) => role === "leader")
        .reduce<(typeof members)[number] | undefined>(
          (best, next) => (best && best.term >= next.term ? best : next),
          undefined,
        );
      return { name, leader: leader?.id ?? null, term: Math.max(...members.map(({ term }) => term)), members };
    });
  }
}

function member(status: GroupStatus | undefined, alive: boolean) {
  return {
    role: alive ? (status?.role ?? "none") : "down",
    term: status?.term ?? 0,
    last_index: status?.lastIndex ?? 0,
    commit_index: status?.commitIndex ?? 0,
    applied_index: status?.appliedIndex ?? 0,
  };
}
