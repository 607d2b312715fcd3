/** What a run has to show in the end: a linearizable history, everything acknowledged, one state on all nodes. */
import * as z from "zod";
import { checkLinearizability } from "../linearizability/checker.ts";
import type { Operation } from "../linearizability/history.ts";
import { journal } from "../linearizability/models/journal.ts";
import { type QueueInput, type QueueOutput, queue } from "../linearizability/models/queue.ts";
import type { ChaosResult } from "./chaos.ts";
import { type ChaosStack, until } from "./chaos-stack.ts";
import { HttpClient } from "./http-client.ts";
import type { Load } from "./load.ts";
import { wrongWith } from "./picture-client.ts";

/** Of the checker, per key. Ten times what suffices for nearly all: a room that was in several faults took three million once, half a minute. */
const STEPS_PER_KEY = 10_000_000;
const EQUAL_WITHIN_MS = 60_000;
/** A node that was replaced looks for what was shared meanwhile, and once more when uploads that had begun before have ended. */
const SETTLED_WITHIN_MS = 90_000;

const Verified = z.array(
  z.object({
    group: z.string(),
    index: z.number(),
    equal: z.boolean(),
    hashes: z.record(z.string(), z.string()),
    missing: z.array(z.number()),
  }),
);

export interface Verdict {
  /** One line each; none when all is well. */
  readonly violations: readonly string[];
  /** What was looked at, one line each. */
  readonly checked: readonly string[];
}

/** After the load has ended, everything was read, and the stack is whole again. */
export async function judge(stack: ChaosStack, load: Load, { lost }: Pick<ChaosResult, "lost">): Promise<Verdict> {
  const violations: string[] = [];
  const checked: string[] = [];
  const queues = load.queueHistory;
  for (const [name, verdict] of [
    ["queues", checkLinearizability(queues, queue, STEPS_PER_KEY)],
    ["journal", checkLinearizability(load.journalHistory, journal, STEPS_PER_KEY)],
  ] as const) {
    if (verdict.verdict === "bad") violations.push(`${name}: not linearizable\n${verdict.report}`);
    if (verdict.verdict === "unknown")
      violations.push(`${name}: no verdict on ${verdict.keys.join(", ")}: too many steps`);
    checked.push(`${name}: linearizability ${verdict.verdict}, ${verdict.steps} steps`);
  }
  const acknowledged = missingAdditions(queues, load);
  violations.push(...acknowledged.missing);
  checked.push(`queues: ${acknowledged.looked} acknowledged additions looked for in ${load.rooms.length} rooms`);
  violations.push(...(await wrongPictures(stack, load, lost)));
  checked.push(`pictures: ${load.pictures.length}, each on all nodes or on none`);
  const states = await compareStates(stack, lost);
  violations.push(...states.violations);
  checked.push(...states.checked);
  return { violations, checked };
}

/** Beside the checker, and without its search: what was added, and never taken out, must be there, once. */
function missingAdditions(
  history: readonly Operation<QueueInput, QueueOutput>[],
  load: Load,
): { readonly missing: string[]; readonly looked: number } {
  const missing: string[] = [];
  let looked = 0;
  const rooms = Map.groupBy(history, ({ key }) => key);
  for (const { name, rough } of load.rooms) {
    if (rough) continue;
    const operations = (rooms.get(name) ?? []).toSorted((a, b) => a.call - b.call);
    const removed = new Set(operations.flatMap(({ input }) => (input.name === "removeTrack" ? [input.id] : [])));
    const last = (what: "list" | "history") =>
      operations.findLast(({ input }) => input.name === what)?.output?.tracks?.map(({ id }) => id) ?? [];
    const found = [...last("list"), ...last("history")];
    const there = new Set(found);
    if (there.size < found.length) missing.push(`${name}: a track is there twice`);
    for (const { input, output } of operations) {
      if (input.name !== "addTrack" || output === undefined || removed.has(input.track.id)) continue;
      looked++;
      if (!there.has(input.track.id)) missing.push(`${name}: ${input.track.id} was acknowledged, and is gone`);
    }
  }
  return { missing, looked };
}

async function wrongPictures(stack: ChaosStack, load: Load, lost: ReadonlySet<number>): Promise<string[]> {
  const client = new HttpClient(stack.port);
  let left = load.pictures.map((life) => ({ life, reason: "not looked at" }));
  try {
    // Who missed the outcome of a transaction is told, or asks; who was replaced is given what the others hold.
    await until("all pictures are settled", SETTLED_WITHIN_MS, async () => {
      const still: typeof left = [];
      for (const { life } of left) {
        const reason = await wrongWith(life, client, lost);
        if (reason !== undefined) still.push({ life, reason });
      }
      left = still;
      return left.length === 0;
    }).catch(() => {});
  } finally {
    client.close();
  }
  return left.map(({ reason }) => reason);
}

/** By `tutti verify`, as users do. */
async function compareStates(stack: ChaosStack, lost: ReadonlySet<number>): Promise<Verdict> {
  let verified: z.infer<typeof Verified> = [];
  let said = "";
  const complete = async () => {
    const { stdout, stderr } = await stack.tutti("verify", "--json");
    said = stderr;
    verified = Verified.parse(JSON.parse(stdout));
    if (verified.some(({ equal }) => !equal)) return true;
    return verified.every(({ missing }) => missing.every((id) => lost.has(id)));
  };
  const late = await until("all nodes tell their states", EQUAL_WITHIN_MS, complete).then(
    () => [],
    (error: unknown) => [`${String(error)}: ${said} ${JSON.stringify(verified)}`],
  );
  return {
    violations: [
      ...late,
      ...verified.filter(({ equal }) => !equal).map((one) => `${one.group}: the nodes differ: ${JSON.stringify(one)}`),
    ],
    checked: verified.map(
      ({ group, index, hashes }) => `${group}: one state on ${Object.keys(hashes).length} nodes at index ${index}`,
    ),
  };
}
