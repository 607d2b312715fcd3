/** Runs the seeds it is told, a few at a time, and tells what they came to. */
import { parentPort } from "node:worker_threads";
import { attempt } from "./attempt.ts";
import { addReport, emptySummary, type Summary } from "./summary.ts";

export interface Task {
  readonly from: number;
  readonly count: number;
}

export interface Result {
  readonly summary: Summary;
  readonly failures: readonly { readonly seed: number; readonly reason: string }[];
}

const port = parentPort;
if (port === null) throw new Error("to be started as a worker");
port.on("message", async ({ from, count }: Task) => {
  const summary = emptySummary();
  const failures: { seed: number; reason: string }[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const attempted = await attempt({ seed });
    if (attempted.ok) addReport(summary, attempted.report);
    else failures.push({ seed, reason: attempted.reason });
  }
  port.postMessage({ summary, failures } satisfies Result);
});
