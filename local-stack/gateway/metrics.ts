/** What is counted and timed, in the Prometheus format at /metrics. */
import { collectDefaultMetrics, Registry } from "prom-client";
import type { CoreCall, CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import { Timings } from "./timings.ts";

export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Timings({
    name: "tutti_request_seconds",
    help: "Requests, from head to answer, by function and status: an HTTP status, or the number of a gRPC status.",
    counter: "tutti_requests_total",
    labels: ["door", "function", "status"],
    registry: this.registry,
  });
  readonly #coreCalls = new Timings({
    name: "tutti_core_call_seconds",
    help: "Commands and queries, retries included, by outcome: ok, or the kind of failure.",
    counter: "tutti_core_calls_total",
    labels: ["group", "call", "outcome"],
    registry: this.registry,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  request(door: "http" | "grpc", name: string, status: number, milliseconds: number): void {
    this.#requests.add(door, name, status, milliseconds);
  }

  /** The same channel, with every call counted and timed. */
  measure(channel: CoreChannel): CoreChannel {
    return {
      call: (call: CoreCall) => {
        const started = performance.now();
        return channel.call(call).then((reply) => {
          const outcome = reply.ok ? "ok" : reply.failure.kind;
          this.#coreCalls.add(call.group, call.name, outcome, performance.now() - started);
          return reply;
        });
      },
    };
  }
}
