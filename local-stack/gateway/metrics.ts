/** What is counted and timed, in the Prometheus format at /metrics. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { CoreCall, CoreChannel } from "../../consensus-nodes/client/core-channel.ts";

/** Seconds. From a read in memory to the longest that the core may take. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

type Door = "http" | "grpc";

export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: "tutti_requests_total",
    help: "Requests by function and status: an HTTP status, or the number of a gRPC status.",
    labelNames: ["door", "function", "status"] as const,
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: "tutti_request_seconds",
    help: "Time from the request's head to its answer.",
    labelNames: ["door", "function"] as const,
    buckets: BUCKETS,
    registers: [this.registry],
  });
  readonly #coreCalls = new Counter({
    name: "tutti_core_calls_total",
    help: "Commands and queries by outcome: ok, or the kind of failure.",
    labelNames: ["group", "call", "outcome"] as const,
    registers: [this.registry],
  });
  readonly #coreSeconds = new Histogram({
    name: "tutti_core_call_seconds",
    help: "Time of a command or query, retries included.",
    labelNames: ["group", "call"] as const,
    buckets: BUCKETS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  request(door: Door, name: string, status: number, milliseconds: number): void {
    this.#requests.inc({ door, function: name, status });
    this.#seconds.observe({ door, function: name }, milliseconds / 1000);
  }

  /** The same channel, with every call counted and timed. */
  measure(channel: CoreChannel): CoreChannel {
    return {
      call: async (call: CoreCall) => {
        const started = performance.now();
        const reply = await channel.call(call);
        const labels = { group: call.group, call: call.name };
        this.#coreCalls.inc({ ...labels, outcome: reply.ok ? "ok" : reply.failure.kind });
        this.#coreSeconds.observe(labels, (performance.now() - started) / 1000);
        return reply;
      },
    };
  }
}
