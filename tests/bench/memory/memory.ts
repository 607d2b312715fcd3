/**
 * What 100,000 tracks cost a node in memory: five nodes just started, and the same ones when all hold the tracks, have written
 * them into a snapshot, and were left alone for a while. And, to tell what they hold from what V8 has not collected though it had
 * the time, after a collection that is forced.
 *
 *     |-- start --|-- alone --| before |-- 100,000 adds, then votes until a snapshot has them --|-- alone --| after |-- collected --| collected
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bindCore, type Core } from "../../../consensus-nodes/client/core.ts";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { until } from "../../stack/until.ts";
import { fillRoom, sampleId } from "../fill-room.ts";
import { inParallel } from "../in-parallel.ts";
import { forgetPeak, memoryOf, type ProcessMemory } from "../process-figures.ts";
import { leaderOf } from "../targets/leader-of.ts";
import { type RunningStack, startStack } from "../targets/stack.ts";
import { collectGarbage, INSPECTABLE } from "./forced-collection.ts";

const NODES = 5;
const GROUP = "queue";
const ROOM = "memory";
const TRACKS = 100_000;
/** Without work for so long V8 may give memory back by itself. */
const ALONE_MS = 15_000;
/** A snapshot is due after so many MiB of commands: the tracks alone may be just too few. */
const VOTES_PER_LOOK = 10_000;
const VOTERS = 512;
const SNAPSHOT_WITHIN_MS = 120_000;

export interface MemoryPlan {
  readonly rounds: number;
  /** The folder in which the stack puts its data. */
  readonly data: string;
}

/** One node in one round. */
export interface NodeMemory {
  readonly id: number;
  readonly role: "leader" | "follower";
  readonly before: ProcessMemory;
  /** Its peak is that of the time since, the writing of the snapshot included. */
  readonly after: ProcessMemory;
  /** Then, without garbage. */
  readonly collected: ProcessMemory;
}

export interface Memory {
  readonly tracks: number;
  readonly rounds: readonly (readonly NodeMemory[])[];
}

/** @throws {Error} when the stack does not come up, or the system does not tell */
export async function measureMemory({ rounds, data }: MemoryPlan, progress: (line: string) => void): Promise<Memory> {
  const measured: (readonly NodeMemory[])[] = [];
  for (let round = 0; round < rounds; round++) {
    const nodes = await measureRound(data);
    measured.push(nodes);
    const growths = nodes.map(({ role, before, after, collected }) => {
      return `${role === "leader" ? "leader " : ""}${before.resident.toFixed(0)} + ${(after.resident - before.resident).toFixed(0)} (${(collected.resident - before.resident).toFixed(0)} collected)`;
    });
    progress(`memory  round ${round + 1}/${rounds}  MiB: ${growths.join(", ")}`);
  }
  return { tracks: TRACKS, rounds: measured };
}

async function measureRound(data: string): Promise<readonly NodeMemory[]> {
  const stack = await startStack(data, ["--nodes", String(NODES)], INSPECTABLE);
  try {
    await sleep(ALONE_MS);
    const pids = await stack.pids();
    const before = new Map([...pids].map(([id, pid]) => [id, memoryOf(pid)]));
    for (const pid of pids.values()) forgetPeak(pid);
    await fill(stack);
    await sleep(ALONE_MS);
    const leader = await leaderOf(stack, GROUP);
    const after = new Map([...pids].map(([id, pid]) => [id, memoryOf(pid)]));
    for (const [id, pid] of pids) await collectGarbage(pid, stack.data.nodeOutput(id));
    return [...pids].map(([id, pid]) => ({
      id,
      role: id === leader ? "leader" : "follower",
      before: of(before, id),
      after: of(after, id),
      collected: memoryOf(pid),
    }));
  } finally {
    await stack.end();
  }
}

function of(nodes: ReadonlyMap<number, ProcessMemory>, id: number): ProcessMemory {
  const memory = nodes.get(id);
  if (memory === undefined) throw new Error(`node ${id} was not looked at`);
  return memory;
}

async function fill(stack: RunningStack): Promise<void> {
  const client = new CoreClient({
    nodes: Array.from({ length: NODES }, (_, id) => ({ id, address: stack.addressOf(id) })),
  });
  try {
    const core = bindCore(client, {});
    await fillRoom(core, ROOM, TRACKS);
    const { index } = await core.queue.vote({ room: ROOM, id: sampleId(0), up: true });
    await until("every node has written the tracks into a snapshot", SNAPSHOT_WITHIN_MS, async () => {
      if (Array.from({ length: NODES }, (_, id) => newestSnapshot(stack, id)).every((newest) => newest >= index)) {
        return true;
      }
      await vote(core);
      return false;
    });
  } finally {
    client.close();
  }
}

async function vote(core: Core): Promise<void> {
  await inParallel(VOTES_PER_LOOK, VOTERS, async (number) => {
    await core.queue.vote({ room: ROOM, id: sampleId(number), up: true });
  });
}

/** Index of the last entry that it covers; 0 when there is none. */
function newestSnapshot(stack: RunningStack, id: number): number {
  try {
    const names = readdirSync(join(stack.data.node(id), "groups", GROUP, "snapshots"));
    return Math.max(0, ...names.filter((name) => name.endsWith(".snapshot")).map((name) => Number.parseInt(name, 10)));
  } catch {
    return 0;
  }
}
