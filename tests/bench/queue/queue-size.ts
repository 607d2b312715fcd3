/**
 * Whether a long queue makes its commands slower: tracks are added to, and voted for in, a room of 100,000 and a room of 100, by
 * the core client, without the gateway, in turn, so that what disturbs one disturbs both. After each add its track is removed
 * again, beside the clock: the rooms stay as long as they are.
 *
 *     one at a time:  long, short, long, short …  each call after the other's
 *     64 at a time:   |-- long --|-- short --|-- long --| …  slices
 */
import { bindCore, type Core } from "../../../consensus-nodes/client/core.ts";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { addSample, fillRoom, sampleId } from "../fill-room.ts";
import { median } from "../median.ts";
import { startStack } from "../targets/stack.ts";

const NODES = 3;
const ROOMS = [
  { room: "long", size: 100_000 },
  { room: "short", size: 100 },
] as const;
const AT_A_TIME = [1, 64];
const WARM_UP_MS = 1_000;
/** Of one room at a time, before the other's turn. */
const SLICE_MS = 250;
/** Votes wander over the queue, in steps that have no factor in common with its length. */
const STRIDE = 7_919;

export interface QueueSizePlan {
  readonly rounds: number;
  /** Per number at a time and room. */
  readonly seconds: number;
  /** The folder in which the stack puts its data. */
  readonly data: string;
}

/** One line of the table. Medians over the rounds of the median milliseconds that a call took. */
export interface QueueSizeResult {
  readonly command: "add" | "vote";
  readonly atATime: number;
  /** In the queue of 100,000. */
  readonly long: number;
  /** In the queue of 100. */
  readonly short: number;
  /** Calls that were timed, in all. */
  readonly calls: number;
}

type Command = QueueSizeResult["command"];
type Times = Readonly<Record<Command, number[]>>;

/** @throws {Error} when the stack does not come up, or a command is refused */
export async function measureQueueSize(
  { rounds, seconds, data }: QueueSizePlan,
  progress: (line: string) => void,
): Promise<readonly QueueSizeResult[]> {
  const stack = await startStack(data, ["--nodes", String(NODES)]);
  const client = new CoreClient({
    nodes: Array.from({ length: NODES }, (_, id) => ({ id, address: stack.addressOf(id) })),
  });
  try {
    const core = bindCore(client, {});
    for (const { room, size } of ROOMS) await fillRoom(core, room, size);
    progress("queue  both rooms are filled");
    for (const atATime of AT_A_TIME) await measure(core, atATime, WARM_UP_MS);
    const measured = new Map<number, Measured[]>(AT_A_TIME.map((atATime) => [atATime, []]));
    for (let round = 0; round < rounds; round++) {
      for (const atATime of AT_A_TIME) {
        const figures = await measure(core, atATime, seconds * 1000);
        measured.get(atATime)?.push(figures);
        for (const { command, long, short } of summarize(atATime, [figures])) {
          const times = `${long.toFixed(2)} ms of 100,000, ${short.toFixed(2)} ms of 100`;
          progress(`queue  round ${round + 1}/${rounds}  ${command}, ${atATime} at a time: ${times}`);
        }
      }
    }
    return AT_A_TIME.flatMap((atATime) => summarize(atATime, measured.get(atATime) ?? []));
  } finally {
    client.close();
    await stack.end();
  }
}

type Measured = Readonly<Record<(typeof ROOMS)[number]["room"], Times>>;

/** @param milliseconds per room */
async function measure(core: Core, atATime: number, milliseconds: number): Promise<Measured> {
  const times = { long: { add: [], vote: [] }, short: { add: [], vote: [] } } satisfies Measured;
  const end = performance.now() + milliseconds * ROOMS.length;
  while (performance.now() < end) {
    for (const { room, size } of ROOMS) {
      // One at a time: a slice of one call.
      const sliceEnd = atATime === 1 ? 0 : performance.now() + SLICE_MS;
      const work = async (): Promise<void> => {
        do await addAndVote(core, room, size, times[room]);
        while (performance.now() < sliceEnd);
      };
      await Promise.all(Array.from({ length: atATime }, work));
    }
  }
  return times;
}

let calls = 0;

async function addAndVote(core: Core, room: string, size: number, times: Times): Promise<void> {
  const number = calls++;
  const added = size + number;
  await timed(times.add, () => addSample(core, room, added));
  const { outcome: removed } = await core.queue.removeTrack({ room, id: sampleId(added) });
  if (removed !== "removed") throw new Error(`a track was not removed: ${removed}`);
  await timed(times.vote, async () => {
    const { outcome } = await core.queue.vote({ room, id: sampleId((number * STRIDE) % size), up: true });
    if (outcome !== "voted") throw new Error(`a vote was not counted: ${outcome}`);
  });
}

async function timed(times: number[], call: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  await call();
  times.push(performance.now() - begun);
}

function summarize(atATime: number, rounds: readonly Measured[]): QueueSizeResult[] {
  return (["add", "vote"] as const).map((command) => {
    const of = (room: keyof Measured) => median(rounds.map((round) => median(round[room][command])));
    const calls = rounds.reduce((sum, { long, short }) => sum + long[command].length + short[command].length, 0);
    return { command, atATime, long: of("long"), short: of("short"), calls };
  });
}
