/** Gateway and ingress over a runtime and a core in memory: what a test of functions talks to. */
import { type ClientOptions, credentials } from "@grpc/grpc-js";
import { pino } from "pino";
import type { ClusterView } from "../../local-stack/gateway/cluster-view.ts";
import { type Gateway, startGateway } from "../../local-stack/gateway/gateway.ts";
import { Metrics } from "../../local-stack/gateway/metrics.ts";
import { type Ingress, startIngress } from "../../local-stack/ingress/ingress.ts";
import type { Runtime } from "../../local-stack/runtimes/runtime.ts";
import { type QueueServiceClient, QueueServiceClient as QueueStub } from "../../proto/generated/queue.ts";
import {
  type RaftClientClient,
  RaftClientClient as RaftClientStub,
  type RaftServiceClient,
  RaftServiceClient as RaftServiceStub,
} from "../../proto/generated/raft.ts";

/** A line of the log, as far as tests look at it. */
export interface LogLine {
  readonly level: number;
  readonly id?: string;
  readonly status?: number;
  readonly trace?: string;
  readonly msg?: string;
}

export interface Front {
  readonly gateway: Gateway;
  readonly ingress: Ingress;
  readonly url: string;
  readonly log: LogLine[];
  readonly cluster: { ready: boolean };
  readonly queue: QueueServiceClient;
  readonly raftClient: RaftClientClient;
  readonly raftService: RaftServiceClient;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

export async function startFront(runtime: Runtime): Promise<Front> {
  const log: LogLine[] = [];
  const logger = pino({ base: null }, { write: (line: string) => log.push(JSON.parse(line)) });
  const state = { ready: true };
  const cluster: ClusterView = {
    ready: async () => state.ready,
    status: async () => ({ nodes: [{ id: 0, pid: 1, address: "127.0.0.1:9000", alive: true }], groups: [] }),
  };
  const metrics = new Metrics();
  const gateway = await startGateway({ host: HOST, port: 0, runtime, cluster, log: logger, metrics });
  const ingress = await startIngress({ host: HOST, port: 0, runtime, log: logger, metrics });
  const address = `${HOST}:${ingress.port}`;
  const options: Partial<ClientOptions> = { "grpc.use_local_subchannel_pool": 1 };
  const insecure = credentials.createInsecure();
  const queue = new QueueStub(address, insecure, options);
  const raftClient = new RaftClientStub(address, insecure, options);
  const raftService = new RaftServiceStub(address, insecure, options);
  return {
    gateway,
    ingress,
    url: `http://${HOST}:${gateway.port}`,
    log,
    cluster: state,
    queue,
    raftClient,
    raftService,
    close: async () => {
      queue.close();
      raftClient.close();
      raftService.close();
      await Promise.all([gateway.close(), ingress.close()]);
    },
  };
}
