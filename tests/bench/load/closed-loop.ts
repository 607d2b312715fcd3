/**
 * Closed-loop load: every connection has one request outstanding, and sends the next when the answer is there.
 *
 *     |-- warm-up, dropped --|-- measured --|-- waiting for the last answers --|
 */
import { connect, type Socket } from "node:net";
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Protocol } from "./protocol.ts";

/** A request without an answer for so long is an error, and its connection is made anew. */
const ANSWER_DEADLINE_MS = 10_000;
const CHECK_EVERY_MS = 250;
/** Before a broken connection is made again: a server that is gone must not turn the driver into a busy loop. */
const RECONNECT_AFTER_MS = 20;

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
  readonly p99: number;
  /** How often anything else happened, warm-up included, by what it was. */
  readonly errors: Readonly<Record<string, number>>;
}

export async function closedLoop(port: number, protocol: Protocol, plan: LoadPlan): Promise<LoadResult> {
  const run = new Run(port, protocol);
  const connections = Array.from({ length: plan.connections }, () => new Connection(run));
  const check = setInterval(() => {
    for (const connection of connections) connection.checkDeadline();
  }, CHECK_EVERY_MS);
  try {
    await sleep(plan.warmUpMs);
    run.phase = "measured";
    const from = performance.now();
    await sleep(plan.measureMs);
    run.phase = "over";
    return run.result(performance.now() - from);
  } finally {
    const deadline = performance.now() + ANSWER_DEADLINE_MS;
    while (connections.some((connection) => connection.isWaiting) && performance.now() < deadline) await sleep(5);
    clearInterval(check);
    for (const connection of connections) connection.close();
  }
}

/** Never two requests alike, in all runs of this process. */
let sequence = 0;

class Run {
  readonly port: number;
  readonly protocol: Protocol;
  phase: "warm-up" | "measured" | "over" = "warm-up";
  /** Microseconds. */
  readonly #latency: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: 2 * ANSWER_DEADLINE_MS * 1000,
    figures: 3,
  });
  readonly #errors: Record<string, number> = {};

  constructor(port: number, protocol: Protocol) {
    this.port = port;
    this.protocol = protocol;
  }

  succeeded(milliseconds: number): void {
    if (this.phase === "measured") this.#latency.record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  failed(what: string): void {
    if (this.phase !== "over") this.#errors[what] = (this.#errors[what] ?? 0) + 1;
  }

  result(milliseconds: number): LoadResult {
    const requests = this.#latency.count;
    const percentile = (p: number) => (requests === 0 ? Number.NaN : this.#latency.percentile(p) / 1000);
    return {
      requests,
      rate: requests / (milliseconds / 1000),
      p50: percentile(50),
      p99: percentile(99),
      errors: { ...this.#errors },
    };
  }
}

const NOTHING = Buffer.alloc(0);

class Connection {
  readonly #run: Run;
  #socket: Socket;
  #received: Buffer = NOTHING;
  /** By performance.now(); undefined while nothing is asked. */
  #sentAt: number | undefined;
  #closed = false;

  constructor(run: Run) {
    this.#run = run;
    this.#socket = this.#open();
  }

  get isWaiting(): boolean {
    return this.#sentAt !== undefined;
  }

  checkDeadline(): void {
    if (this.#sentAt !== undefined && performance.now() - this.#sentAt > ANSWER_DEADLINE_MS) {
      this.#socket.destroy(new Error(`no answer in ${ANSWER_DEADLINE_MS} ms`));
    }
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: "127.0.0.1", port: this.#run.port, noDelay: true });
    let failure = "connection closed";
    socket.on("connect", () => this.#send());
    socket.on("data", (data) => {
      try {
        this.#receive(data);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on("error", (error) => {
      failure = error.message;
    });
    socket.on("close", () => {
      if (this.#closed) return;
      this.#run.failed(failure);
      this.#sentAt = undefined;
      this.#received = NOTHING;
      setTimeout(() => {
        if (!this.#closed && this.#run.phase !== "over") this.#socket = this.#open();
      }, RECONNECT_AFTER_MS);
    });
    return socket;
  }

  #send(): void {
    if (this.#run.phase === "over") return;
    const request = this.#run.protocol.request(sequence++);
    this.#sentAt = performance.now();
    this.#socket.write(request, "latin1");
  }

  #receive(data: Buffer): void {
    const received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const answer = this.#run.protocol.answer(received);
    if (answer === undefined) {
      this.#received = received;
      return;
    }
    if (this.#sentAt === undefined || answer.length !== received.length)
      throw new Error("more came than was asked for");
    const milliseconds = performance.now() - this.#sentAt;
    this.#sentAt = undefined;
    this.#received = NOTHING;
    if (answer.failure === undefined) this.#run.succeeded(milliseconds);
    else this.#run.failed(answer.failure);
    this.#send();
  }
}
