/** Many seeds, on all cores, with a line that tells how far it is. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { addSummary, emptySummary, type Summary } from "./summary.ts";
import type { Result, Task } from "./worker.ts";

/** Seeds handed out at once. */
const SHARE = 10;
/** Failures after which no more seeds are handed out: one is shrunk, the others are probably the same. */
const ENOUGH_FAILURES = 5;
const BAR_WIDTH = 30;

export interface CampaignResult {
  readonly summary: Summary;
  readonly seconds: number;
  /** By seed. */
  readonly failures: readonly { readonly seed: number; readonly reason: string }[];
}

export async function runCampaign(start: number, seeds: number): Promise<CampaignResult> {
  const began = performance.now();
  const summary = emptySummary();
  const failures: { seed: number; reason: string }[] = [];
  let next = start;
  const end = start + seeds;
  // Whoever has seen enough gets the summary of what was run.
  process.once("SIGINT", () => {
    next = end;
  });
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    try {
      while (next < end && failures.length < ENOUGH_FAILURES) {
        const task: Task = { from: next, count: Math.min(SHARE, end - next) };
        next += task.count;
        const result = await ask(worker, task);
        addSummary(summary, result.summary);
        failures.push(...result.failures);
        showProgress(summary.runs + failures.length, seeds, failures.length, (performance.now() - began) / 1000);
      }
    } finally {
      await worker.terminate();
    }
  };
  const workers = Math.min(availableParallelism(), Math.ceil(seeds / SHARE));
  await Promise.all(Array.from({ length: workers }, work));
  process.stderr.write("\n");
  failures.sort((a, b) => a.seed - b.seed);
  return { summary, seconds: (performance.now() - began) / 1000, failures };
}

function ask(worker: Worker, task: Task): Promise<Result> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (result) => {
      worker.off("error", reject);
      resolve(result);
    });
    worker.postMessage(task);
  });
}

function showProgress(done: number, all: number, failed: number, seconds: number): void {
  const filled = Math.round((BAR_WIDTH * done) / all);
  const bar = "#".repeat(filled).padEnd(BAR_WIDTH, ".");
  const rate = done / seconds;
  const left = Math.round((all - done) / rate);
  const failures = failed > 0 ? `, ${failed} FAILED` : "";
  const line = `[${bar}] ${done}/${all}  ${rate.toFixed(1)} runs/s, ${left} s left${failures}`;
  // Lines of a file are not drawn over.
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else if (done % 500 === 0 || done === all) process.stderr.write(`${line}\n`);
}
