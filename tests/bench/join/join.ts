/**
 * A node without data joins a group that has applied very many commands, while 16 clients write by the gateway: first one of
 * the three that lost its disk and is replaced, then a fourth that is added.
 *
 *     |-- fill --|-- writes alone --|-- node joins, writes go on --|-- the same for the other way --|
 */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { askDoor } from "../../../local-stack/supervisor/door-client.ts";
import { until } from "../../stack/until.ts";
import { Writers } from "../load/writers.ts";
import { addTrackProtocol } from "../targets/add-track-protocol.ts";
import type { RunningStack } from "../targets/stack.ts";
import { type FilledStack, NODES, startFilledStack } from "./filled-stack.ts";
import { JoiningNode } from "./joining-node.ts";

const CLIENTS = 16;
const WARM_UP_MS = 2_000;
const SECOND_MS = 1_000;
/** The slowest second is looked for from so many milliseconds to so many. */
const SLIDE_MS = 100;
const READ_FOR_MS = 1_000;
const JOINS_WITHIN_MS = 600_000;
const WELL_WITHIN_MS = 60_000;

export interface JoinPlan {
  readonly commands: number;
  /** Of writes alone. */
  readonly seconds: number;
  /** The folder in which the stack puts its data. */
  readonly data: string;
}

/** Rates are writes per second, times milliseconds. */
export interface JoinResult {
  readonly way: "replaced" | "added";
  readonly before: number;
  /** From the order to join until it is done: the node is a voter of every group. */
  readonly during: number;
  /** Within that time. */
  readonly slowestSecond: number;
  /** Writes in each whole second of it, from its beginning. */
  readonly perSecond: readonly number[];
  /** Until it answered a read from what it had applied, from the order to join. */
  readonly stale: number;
  /** Until it answered a linearizable read: it had applied all that there was. */
  readonly linearizable: number;
  /** Until it was a voter of every group. */
  readonly voter: number;
  /** What a linearizable read takes that it answers then, under the load, the median. */
  readonly read: number;
  readonly errors: Readonly<Record<string, number>>;
}

export interface Join {
  readonly commands: number;
  /** Commands per second, by the core client. */
  readonly filled: number;
  /** Of the log, when the nodes join. Entries below `oldest` are only in the snapshot. */
  readonly entries: FilledStack["entries"];
  readonly results: readonly JoinResult[];
}

/** @throws {Error} when the stack, or a node, does not come up */
export async function measureJoin(
  { commands, seconds, data }: JoinPlan,
  progress: (line: string) => void,
): Promise<Join> {
  const tell = (line: string) => progress(`join  ${line}`);
  const { stack, filled, entries, follower } = await startFilledStack(data, commands, tell);
  try {
    await loseDisk(stack, follower);
    const replaced = await join(stack, "replaced", follower, `/nodes/${follower}/replace`, seconds);
    tell(describe(replaced));
    const added = await join(stack, "added", NODES, "/nodes", seconds);
    tell(describe(added));
    return { commands, filled, entries, results: [replaced, added] };
  } finally {
    await stack.end();
  }
}

async function join(
  stack: RunningStack,
  way: JoinResult["way"],
  id: number,
  path: string,
  seconds: number,
): Promise<JoinResult> {
  const { port } = stack;
  const writers = new Writers(CLIENTS, [{ port, protocol: addTrackProtocol(port, new Set()) }]);
  const node = new JoiningNode(stack, id);
  try {
    await sleep(WARM_UP_MS + seconds * SECOND_MS);
    const begun = performance.now();
    const order = askDoor(stack.data, "POST", path, JOINS_WITHIN_MS).then(() => performance.now());
    const [stale, linearizable, voter] = await Promise.all([node.answers({ stale: true }), node.answers({}), order]);
    return {
      way,
      before: writers.rate(begun - seconds * SECOND_MS, begun),
      during: writers.rate(begun, voter),
      slowestSecond: slowestSecond(writers, begun, voter),
      perSecond: perSecond(writers, begun, voter),
      stale: stale - begun,
      linearizable: linearizable - begun,
      voter: voter - begun,
      read: await node.readFor(READ_FOR_MS),
      errors: writers.errors,
    };
  } finally {
    node.close();
    writers.close();
  }
}

function slowestSecond(writers: Writers, from: number, until: number): number {
  let slowest = Number.POSITIVE_INFINITY;
  // A stretch that is shorter than a second has the one that begins with it.
  for (let at = from; at === from || at + SECOND_MS <= until; at += SLIDE_MS) {
    slowest = Math.min(slowest, writers.rate(at, at + SECOND_MS));
  }
  return slowest;
}

function perSecond(writers: Writers, from: number, until: number): number[] {
  const seconds = Math.floor((until - from) / SECOND_MS);
  return Array.from({ length: seconds }, (_, second) => {
    return writers.rate(from + second * SECOND_MS, from + (second + 1) * SECOND_MS);
  });
}

async function loseDisk(stack: RunningStack, id: number): Promise<void> {
  await askDoor(stack.data, "POST", `/nodes/${id}/kill`);
  rmSync(stack.data.node(id), { recursive: true });
  await askDoor(stack.data, "POST", `/nodes/${id}/restart`);
  await until(`node ${id} is up, and has lost all`, WELL_WITHIN_MS, async () => {
    const report = await stack.cluster();
    return report?.nodes.some((node) => node.id === id && node.alive && !node.member);
  });
}

function describe({ way, before, during, slowestSecond, stale, linearizable, voter, errors }: JoinResult): string {
  const others = Object.entries(errors).map(([what, count]) => `, ${count} × ${what}`);
  const [a, b, c] = [stale, linearizable, voter].map((milliseconds) => (milliseconds / 1000).toFixed(1));
  return (
    `a node is ${way}: ${Math.round(before)}/s before, ${Math.round(during)}/s while it joins, ` +
    `slowest second ${Math.round(slowestSecond)}/s; reads after ${a} s, linearizable after ${b} s, voter after ${c} s${others.join("")}`
  );
}
