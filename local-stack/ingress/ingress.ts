/** The gRPC ports: the same functions as the gateway's, by their methods. */
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Metrics } from "../gateway/metrics.ts";
import { listen, PortTaken } from "../gateway/port-taken.ts";
import type { RequestLog } from "../gateway/request-log.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { type RpcHandling, rpcHandler } from "./rpc-handler.ts";
import { services } from "./services.ts";

const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Calls at once on one connection. */
const MAX_STREAMS = 1000;
const MAX_CONNECTIONS = 1024;
/** Milliseconds for calls that run when the ingress is closed. */
const CLOSE_DEADLINE_MS = 2_000;

export interface IngressOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** More doors to the same services; one that is taken is left out. */
  readonly extraPorts?: readonly number[];
  /** Stays the caller's to close, after the ingress. */
  readonly runtime: Runtime;
  readonly requests: RequestLog;
  readonly metrics?: Metrics;
}

export interface Ingress {
  readonly port: number;
  readonly extraPorts: readonly number[];
  /** Of the extra ports; the caller may want to say so. */
  readonly taken: readonly PortTaken[];
  /** Stops accepting, lets calls finish for two seconds, then cuts them off. */
  close(): Promise<void>;
}

/** @throws {PortTaken} when `port` is taken */
export async function startIngress(options: IngressOptions): Promise<Ingress> {
  const { host, runtime, requests, metrics = new Metrics() } = options;
  const server = makeServer({ runtime, requests, metrics });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const doors: NetServer[] = [];
  const connections = new Set<Socket>();
  const open = async (port: number): Promise<number> => {
    const door = createServer({ noDelay: true }, (socket) => {
      connections.add(socket);
      socket.once("close", () => connections.delete(socket));
      injector.injectConnection(socket);
    });
    door.maxConnections = MAX_CONNECTIONS;
    const bound = await listen(door, { host, port });
    doors.push(door);
    return bound;
  };
  const close = async (): Promise<void> => {
    // A door is closed when its last connection is: tryShutdown answers before that, as soon as the sessions know of it.
    const closed = doors.map((door) => new Promise((resolve) => door.close(resolve)));
    server.tryShutdown(() => {});
    const cut = setTimeout(() => {
      for (const socket of connections) socket.destroy();
    }, CLOSE_DEADLINE_MS);
    await Promise.all(closed);
    clearTimeout(cut);
    server.forceShutdown();
  };

  const port = await open(options.port);
  const extraPorts: number[] = [];
  const taken: PortTaken[] = [];
  for (const extra of options.extraPorts ?? []) {
    try {
      extraPorts.push(await open(extra));
    } catch (error) {
      if (!(error instanceof PortTaken)) {
        await close();
        throw error;
      }
      taken.push(error);
    }
  }
  let closing: Promise<void> | undefined;
  return {
    port,
    extraPorts,
    taken,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function makeServer(handling: RpcHandling): Server {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_concurrent_streams": MAX_STREAMS,
  });
  for (const service of services) {
    const methods = Object.entries(service).map(([name, { path }]) => [name, rpcHandler(handling, path)] as const);
    server.addService(service, Object.fromEntries(methods));
  }
  return server;
}
