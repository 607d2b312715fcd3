/** The one HTTP port: functions by their paths, the API's description, the stack's state. */
import type { Runtime } from "../runtimes/runtime.ts";
import type { ClusterView } from "./cluster-view.ts";
import { EventStreams } from "./event-streams.ts";
import { startHttpServer } from "./http-server.ts";
import { Metrics } from "./metrics.ts";
import { PlainRoutes } from "./plain-routes.ts";
import type { RequestLog } from "./request-log.ts";
import { buildRoutes } from "./routes.ts";

export interface GatewayOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Stays the caller's to close, after the gateway. */
  readonly runtime: Runtime;
  readonly cluster: ClusterView;
  readonly requests: RequestLog;
  /** Shared with the ingress, and with the core's channel by `metrics.measure(channel)`. */
  readonly metrics?: Metrics;
}

export interface Gateway {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws {PortTaken} */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, runtime, cluster, requests, metrics = new Metrics() } = options;
  const streams = new EventStreams();
  const recorder = { requests, metrics };
  const build = () => ({
    functions: runtime.functions,
    plain: new PlainRoutes(runtime, recorder),
    app: buildRoutes({ runtime, cluster, streams, recorder }),
  });
  let routes = build();
  const current = () => {
    if (routes.functions !== runtime.functions) routes = build();
    return routes;
  };
  const server = await startHttpServer({
    host,
    port,
    serve: (request, socket) => current().plain.serve(request, socket),
    fetch: (request, env) => current().app.fetch(request, env),
  });
  return {
    port: server.port,
    close: () => {
      streams.end();
      return server.close();
    },
  };
}
