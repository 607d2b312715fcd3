/** A stack of three that has applied very many commands, and what its log then holds. */
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { NodeControl } from "../../../local-stack/supervisor/node-control.ts";
import { leaderOf } from "../targets/leader-of.ts";
import { type RunningStack, startStack } from "../targets/stack.ts";
import { fill } from "./fill.ts";

export const NODES = 3;
export const GROUP = "queue";

export interface FilledStack {
  readonly stack: RunningStack;
  /** Commands per second, by the core client. */
  readonly filled: number;
  /** Of the log. Entries below `oldest` are only in the snapshot. */
  readonly entries: { readonly oldest: number; readonly last: number };
  /** One that does not lead. */
  readonly follower: number;
}

/** @param data the folder in which it puts its data @throws {Error} when it does not come up */
export async function startFilledStack(
  data: string,
  commands: number,
  tell: (line: string) => void,
): Promise<FilledStack> {
  const stack = await startStack(data, ["--nodes", String(NODES)]);
  try {
    const filled = await fillStack(stack, commands, tell);
    tell(`${commands.toLocaleString("en")} commands are applied, ${Math.round(filled)}/s`);
    const leader = await leaderOf(stack, GROUP);
    const entries = await logOf(stack, leader);
    tell(`the leader's log has entries ${entries.oldest} to ${entries.last}`);
    return { stack, filled, entries, follower: leader === 0 ? 1 : 0 };
  } catch (error) {
    await stack.end();
    throw error;
  }
}

async function fillStack(stack: RunningStack, commands: number, tell: (line: string) => void): Promise<number> {
  const nodes = Array.from({ length: NODES }, (_, id) => ({ id, address: stack.addressOf(id) }));
  const client = new CoreClient({ nodes });
  try {
    return await fill(client, commands, tell);
  } finally {
    client.close();
  }
}

export async function logOf(stack: RunningStack, id: number): Promise<FilledStack["entries"]> {
  const control = new NodeControl(stack.addressOf(id));
  try {
    const status = await control.status();
    const last = status?.groups.find(({ name }) => name === GROUP)?.commitIndex ?? 0;
    for await (const { index } of control.readLog(GROUP, 0, 0)) return { oldest: index, last };
    throw new Error(`the log of ${GROUP} is empty`);
  } finally {
    control.close();
  }
}
