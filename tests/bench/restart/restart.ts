/**
 * How long a node takes to start on a log of very many commands: one that follows is killed and started again, with nothing
 * written meanwhile.
 *
 *     |-- fill --|-- kill -9 --|-- spawned ... all is applied --|-- the same again --|
 */
import { askDoor } from "../../../local-stack/supervisor/door-client.ts";
import { GROUP, logOf, startFilledStack } from "../join/filled-stack.ts";
import { JoiningNode } from "../join/joining-node.ts";
import { leaderOf } from "../targets/leader-of.ts";
import type { RunningStack } from "../targets/stack.ts";

export interface RestartPlan {
  readonly commands: number;
  readonly rounds: number;
  /** The folder in which the stack puts its data. */
  readonly data: string;
}

export interface Restart {
  readonly commands: number;
  /** Of the log. Entries below `oldest` are only in the snapshot. */
  readonly entries: { readonly oldest: number; readonly last: number };
  /** Milliseconds, one per round, from the order to start, which spawns the process, until all is applied. */
  readonly times: readonly number[];
}

/** @throws {Error} when the stack, or a node, does not come up */
export async function measureRestart(
  { commands, rounds, data }: RestartPlan,
  progress: (line: string) => void,
): Promise<Restart> {
  const tell = (line: string) => progress(`restart  ${line}`);
  const { stack, entries, follower } = await startFilledStack(data, commands, tell);
  try {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const took = await restart(stack, follower);
      times.push(took);
      tell(`round ${round + 1}/${rounds}  node ${follower} is back after ${Math.round(took)} ms`);
    }
    return { commands, entries, times };
  } finally {
    await stack.end();
  }
}

/** kill -9, and up again. @returns milliseconds until it has applied what it had */
async function restart(stack: RunningStack, id: number): Promise<number> {
  const node = new JoiningNode(stack, id);
  try {
    const { last } = await logOf(stack, await leaderOf(stack, GROUP));
    await node.hasApplied(last);
    await askDoor(stack.data, "POST", `/nodes/${id}/kill`);
    const begun = performance.now();
    await askDoor(stack.data, "POST", `/nodes/${id}/restart`);
    return (await node.hasApplied(last)) - begun;
  } finally {
    node.close();
  }
}
