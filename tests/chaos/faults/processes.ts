/** Processes that are killed, paused, stopped; one, some, all of them, and the stack around them. */
import { readFileSync } from "node:fs";
import { type ChaosStack, NODES, until } from "../chaos-stack.ts";
import { type Fault, type Injected, several, victim } from "./fault.ts";

const SEEN_WITHIN_MS = 3000;
/** A paused node is looked at through /proc. */
const STOPPED = "T";

const always = () => undefined;

/** kill -9; the supervisor starts it again. */
export const killOne: Fault = {
  kind: "kill -9, one node",
  lasts: [100, 1500],
  weight: 4,
  needs: 1,
  missing: always,
  inject: async (context) => killNow(context.stack, [await victim(context)]),
};

export const killTwo: Fault = {
  kind: "kill -9, two nodes",
  lasts: [100, 1500],
  weight: 3,
  needs: 2,
  missing: always,
  inject: (context) => killNow(context.stack, several(context, 2)),
};

export const killAll: Fault = {
  kind: "kill -9, all nodes",
  lasts: [100, 1000],
  weight: 2,
  needs: NODES,
  missing: always,
  inject: ({ stack, free }) => killNow(stack, free),
};

/** kill -9 of two at most, which stay down for a while. */
export const down: Fault = {
  kind: "down for a while",
  lasts: [1000, 4000],
  weight: 3,
  needs: 2,
  missing: always,
  inject: async (context) => {
    const nodes = context.random.chance(0.5) ? [await victim(context)] : several(context, 2);
    await Promise.all(nodes.map((id) => context.stack.act("kill", id)));
    await gone(context.stack, nodes);
    return {
      what: named(nodes),
      nodes,
      heal: async () => {
        await Promise.all(nodes.map((id) => context.stack.act("restart", id)));
      },
    };
  },
};

/** SIGTERM and a new start. */
export const restart: Fault = {
  kind: "restart",
  lasts: [100, 500],
  weight: 3,
  needs: 1,
  missing: always,
  inject: async (context) => {
    const id = await victim(context);
    const before = await context.stack.pid(id);
    await context.stack.act("restart", id);
    await until(`node ${id} is another process`, SEEN_WITHIN_MS, async () => (await context.stack.pid(id)) !== before);
    return { what: named([id]), nodes: [id], heal: async () => {} };
  },
};

/** SIGSTOP, longer than elections take, and SIGCONT. */
export const pause: Fault = {
  kind: "SIGSTOP",
  lasts: [300, 3500],
  weight: 4,
  needs: 2,
  missing: always,
  inject: async (context) => {
    const { stack } = context;
    const nodes = context.random.chance(0.6) ? [await victim(context)] : several(context, 2);
    const pids = await Promise.all(nodes.map((id) => stack.pid(id)));
    await Promise.all(nodes.map((id) => stack.act("pause", id)));
    await until(`${named(nodes)} stopped`, SEEN_WITHIN_MS, async () => pids.every((pid) => stateOf(pid) === STOPPED));
    return {
      what: named(nodes),
      nodes,
      heal: async () => {
        if (!pids.every((pid) => stateOf(pid) === STOPPED)) throw new Error(`${named(nodes)} did not stay stopped`);
        await Promise.all(nodes.map((id) => stack.act("resume", id)));
      },
    };
  },
};

/** kill -9 of gateway and supervisor, whose nodes end with them; then all is started again. */
export const killStack: Fault = {
  kind: "kill -9, the stack",
  lasts: [100, 500],
  weight: 1,
  needs: NODES,
  missing: always,
  inject: async ({ stack, free }) => {
    const pids = await Promise.all(free.map((id) => stack.pid(id)));
    await stack.kill();
    await until("no node is left", SEEN_WITHIN_MS, async () => pids.every((pid) => stateOf(pid) === undefined));
    return { what: "all", nodes: free, heal: () => stack.up() };
  },
};

async function killNow(stack: ChaosStack, nodes: readonly number[]): Promise<Injected> {
  const pids = await Promise.all(nodes.map((id) => stack.pid(id)));
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await until(`${named(nodes)} killed`, SEEN_WITHIN_MS, async () => pids.every((pid) => stateOf(pid) === undefined));
  // The supervisor starts them again by itself.
  return { what: named(nodes), nodes, heal: async () => {} };
}

/** The supervisor has seen it too. */
async function gone(stack: ChaosStack, nodes: readonly number[]): Promise<void> {
  await until(`${named(nodes)} down`, SEEN_WITHIN_MS, async () => {
    const report = await stack.report();
    return report !== undefined && nodes.every((id) => report.nodes.find((node) => node.id === id)?.pid === null);
  });
}

/** One letter, as ps shows it; undefined when there is no such process, or only what is left of one. */
export function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    return state === "Z" || state === "X" ? undefined : state;
  } catch {
    return undefined;
  }
}

export function named(nodes: readonly number[]): string {
  return `node${nodes.length === 1 ? "" : "s"} ${nodes.join(", ")}`;
}
