/** From the start of a stack to the report on what it went through. */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plain } from "../consensus/blobs/sample-pictures.ts";
import { Random } from "../consensus/raft/harness/random.ts";
import { Chaos } from "./chaos.ts";
import { ChaosStack } from "./chaos-stack.ts";
import type { Fault } from "./faults/fault.ts";
import { Load } from "./load.ts";
import { type Report, report } from "./report.ts";
import { judge } from "./verdict.ts";

export interface RunOptions {
  readonly seed: number;
  /** Milliseconds within which faults are begun, and how many there are at least, however long they take. */
  readonly milliseconds: number;
  readonly faultsAtLeast?: number;
  readonly rooms: number;
  /** Of a client, milliseconds. */
  readonly pause: number;
  readonly faults: readonly Fault[];
  readonly pictures: boolean;
  /** Leave the data folder, however it ends. */
  readonly keep: boolean;
  readonly progress: (line: string) => void;
  /** Ends the faults early. */
  readonly interrupted?: AbortSignal;
}

export interface Run {
  readonly report: Report;
  /** History and data, when there was a violation or they were to be kept. */
  readonly kept: readonly string[];
}

/** @throws {Error} when the stack does not start. */
export async function run(options: RunOptions): Promise<Run> {
  const { seed, rooms, pause, faults, pictures } = options;
  const stack = await ChaosStack.start();
  let kept: string[] = options.keep ? [stack.folder.path] : [];
  try {
    const random = new Random(seed);
    const load = new Load({
      port: stack.port,
      random: random.split("load"),
      rooms,
      pause,
      ...(pictures && { picture: () => plain() }),
    });
    const none = { stack, random, lost: new Set<number>() };
    const skipped = faults.flatMap((fault) => {
      const missing = fault.missing(none);
      return missing === undefined ? [] : [`${fault.kind}: ${missing}`];
    });
    const from = performance.now();
    load.start();
    const result = await new Chaos({ ...options, stack, load }).run();
    const until = performance.now();
    const violations: string[] = [...result.failures];
    await load.stop().catch((error: unknown) => violations.push(`a client failed: ${String(error)}`));
    const unread = await load.readEverything();
    if (unread.length > 0) violations.push(`not read in the end: ${unread.join(", ")}`);
    const verdict = await judge(stack, load, result);
    violations.push(...verdict.violations);
    if (violations.length > 0) {
      const file = join(tmpdir(), `tutti-chaos-${seed}.json`);
      writeFileSync(
        file,
        JSON.stringify({
          seed,
          queues: load.queueHistory,
          journal: load.journalHistory,
          pictures: load.pictures,
          faults: result.records,
        }),
      );
      kept = [file, stack.folder.path];
    }
    return { report: report({ seed, from, until, skipped }, load, result.records, { ...verdict, violations }), kept };
  } finally {
    await stack.end(kept.length > 0);
  }
}
