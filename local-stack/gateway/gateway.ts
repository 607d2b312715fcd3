/** The one HTTP port: functions by their paths, the API's description, the stack's state. */
import type { Logger } from "pino";
import type { Runtime } from "../runtimes/runtime.ts";
import type { ClusterView } from "./cluster-view.ts";
import { EventStreams } from "./event-streams.ts";
import { startHttpServer } from "./http-server.ts";
import { Metrics } from "./metrics.ts";
import { buildRoutes } from "./routes.ts";

export interface GatewayOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Stays the caller's to close, after the gateway. */
  readonly runtime: Runtime;
  readonly cluster: ClusterView;
  readonly log: Logger;
  /** Shared with the ingress, and with the core's channel by `metrics.measure(channel)`. */
  readonly metrics?: Metrics;
}

export interface Gateway {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws {PortTaken} */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, runtime, cluster, log, metrics = new Metrics() } = options;
  const streams = new EventStreams();
  const build = () => buildRoutes({ runtime, cluster, streams, recorder: { log, metrics } });
  let served = runtime.functions;
  let app = build();
  const server = await startHttpServer({
    host,
    port,
    fetch: (request, env) => {
      if (served !== runtime.functions) {
        served = runtime.functions;
        app = build();
      }
      return app.fetch(request, env);
    },
  });
  return {
    port: server.port,
    close: () => {
      streams.end();
      return server.close();
    },
  };
}
