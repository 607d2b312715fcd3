/** What five nodes cost while nobody asks anything of them: processor time of their processes, over a while after they settled. */
import { setTimeout as sleep } from "node:timers/promises";
import { askDoor } from "../../../local-stack/supervisor/door-client.ts";
import { processorTimeOf } from "../process-figures.ts";
import { startStack } from "../targets/stack.ts";

const NODES = 5;
/** What is compiled and collected after a start is no cost of being idle; what is called five times a second is compiled late. */
const SETTLE_MS = 90_000;
const WINDOW_MS = 20_000;

export interface IdlePlan {
  readonly rounds: number;
  /** The folder in which the stack puts its data. */
  readonly data: string;
}

export interface IdleRound {
  /** Percent of one core, of all nodes together. */
  readonly nodes: number;
  /** Percent of one core, of the process that has gateway, ingress and supervisor. */
  readonly front: number;
}

export interface Idle {
  readonly nodes: number;
  readonly rounds: readonly IdleRound[];
}

/** @throws {Error} when the stack does not come up, or a node ends */
export async function measureIdle({ rounds, data }: IdlePlan, progress: (line: string) => void): Promise<Idle> {
  const stack = await startStack(data, ["--nodes", String(NODES)]);
  try {
    const front = (await askDoor(stack.data, "GET", "/"))?.pid;
    if (front === undefined) throw new Error("the stack does not tell its process");
    const pids = [...(await stack.pids()).values()];
    await sleep(SETTLE_MS);
    const measured: IdleRound[] = [];
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      const before = { nodes: sum(pids), front: processorTimeOf(front) };
      await sleep(WINDOW_MS);
      const percent = 100 / ((performance.now() - begun) / 1000);
      const cost = {
        nodes: (sum(pids) - before.nodes) * percent,
        front: (processorTimeOf(front) - before.front) * percent,
      };
      measured.push(cost);
      const line = `all nodes ${cost.nodes.toFixed(2)} % of a core, the process before them ${cost.front.toFixed(2)} %`;
      progress(`idle  round ${round + 1}/${rounds}  ${line}`);
    }
    return { nodes: NODES, rounds: measured };
  } finally {
    await stack.end();
  }
}

function sum(pids: readonly number[]): number {
  return pids.reduce((seconds, pid) => seconds + processorTimeOf(pid), 0);
}
