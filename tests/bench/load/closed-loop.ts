/**
 * Closed-loop load: every connection has one request outstanding, and sends the next when the answer is there.
 *
 *     |-- warm-up, dropped --|-- measured --|-- waiting for the last answers --|
 */
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection, type ConnectionEvents } from "./connection.ts";
import type { Protocol } from "./protocol.ts";

/** A request without an answer for so long is an error, and its connection is made anew. */
const ANSWER_DEADLINE_MS = 10_000;
const CHECK_EVERY_MS = 250;

export interface LoadPlan {
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface LoadResult {
  /** Successes in the measured time. */
  readonly requests: number;
  /** Successes per second. */
  readonly rate: number;
  /** Milliseconds. NaN when nothing succeeded. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** How often anything else happened, warm-up included, by what it was. */
  readonly errors: Readonly<Record<string, number>>;
}

export async function closedLoop(port: number, protocol: Protocol, plan: LoadPlan): Promise<LoadResult> {
  const run = new Run();
  const connections = Array.from({ length: plan.connections }, () => new Connection(port, protocol, run));
  const check = setInterval(() => {
    const latest = performance.now() - ANSWER_DEADLINE_MS;
    for (const connection of connections) {
      const since = connection.waitingSince;
      if (since !== undefined && since < latest) connection.break(`no answer in ${ANSWER_DEADLINE_MS} ms`);
    }
  }, CHECK_EVERY_MS);
  try {
    await sleep(plan.warmUpMs);
    run.phase = "measured";
    const from = performance.now();
    await sleep(plan.measureMs);
    run.phase = "over";
    for (const connection of connections) connection.stop();
    return run.result(performance.now() - from);
  } finally {
    const deadline = performance.now() + ANSWER_DEADLINE_MS;
    while (connections.some(({ waitingSince }) => waitingSince !== undefined) && performance.now() < deadline)
      await sleep(5);
    clearInterval(check);
    for (const connection of connections) connection.close();
  }
}

class Run implements ConnectionEvents {
  phase: "warm-up" | "measured" | "over" = "warm-up";
  /** Microseconds. */
  readonly #latency: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: 2 * ANSWER_DEADLINE_MS * 1000,
    figures: 3,
  });
  readonly #errors: Record<string, number> = {};

  readonly succeeded = (milliseconds: number): void => {
    if (this.phase === "measured") this.#latency.record(Math.max(1, Math.round(milliseconds * 1000)));
  };

  readonly failed = (what: string): void => {
    if (this.phase !== "over") this.#errors[what] = (this.#errors[what] ?? 0) + 1;
  };

  result(milliseconds: number): LoadResult {
    const requests = this.#latency.count;
    const percentile = (p: number) => (requests === 0 ? Number.NaN : this.#latency.percentile(p) / 1000);
    return {
      requests,
      rate: requests / (milliseconds / 1000),
      p50: percentile(50),
      p95: percentile(95),
      p99: percentile(99),
      errors: { ...this.#errors },
    };
  }
}
