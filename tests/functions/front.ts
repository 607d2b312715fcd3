/** Gateway and ingress over a runtime and a core in memory: what a test of functions talks to. */

import { randomBytes, type ScryptOptions, scryptSync } from "node:crypto";
import { type Client, type ClientOptions, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { pino } from "pino";
import { Credentials } from "../../local-stack/credentials/credentials.ts";
import { Passwords } from "../../local-stack/credentials/passwords.ts";
import type { ClusterView } from "../../local-stack/gateway/cluster-view.ts";
import { type Gateway, startGateway } from "../../local-stack/gateway/gateway.ts";
import { Metrics } from "../../local-stack/gateway/metrics.ts";
import { RequestLog } from "../../local-stack/gateway/request-log.ts";
import { type Ingress, startIngress } from "../../local-stack/ingress/ingress.ts";
import { createNodeRuntime } from "../../local-stack/runtimes/node-runtime.ts";
import type { Runtime } from "../../local-stack/runtimes/runtime.ts";
import { createWorkerdRuntime } from "../../local-stack/runtimes/workerd-runtime.ts";
import { AuthServiceClient } from "../../proto/generated/library.ts";
import { QueueServiceClient } from "../../proto/generated/queue.ts";
import { RaftClientClient, RaftServiceClient } from "../../proto/generated/raft.ts";
import { InMemoryCore } from "./in-memory-core.ts";

/** A line of the log, as far as tests look at it. */
export interface LogLine {
  readonly level: number;
  readonly id?: string;
  readonly path?: string;
  readonly status?: number;
  readonly function?: string;
  readonly trace?: string;
  readonly msg?: string;
}

type StubClass<C extends Client> = new (
  address: string,
  security: ReturnType<typeof credentials.createInsecure>,
  options: Partial<ClientOptions>,
) => C;

export interface Front {
  readonly core: InMemoryCore;
  readonly runtime: Runtime;
  readonly gateway: Gateway;
  readonly ingress: Ingress;
  readonly url: string;
  readonly log: LogLine[];
  readonly cluster: { ready: boolean };
  readonly queue: QueueServiceClient;
  readonly raftClient: RaftClientClient;
  readonly raftService: RaftServiceClient;
  readonly auth: AuthServiceClient;
  readonly credentials: Credentials;
  /** A client of any other service. */
  stub<C extends Client>(Stub: StubClass<C>): C;
  close(): Promise<void>;
}

export interface FrontOptions {
  readonly folder?: string;
  readonly reloadable?: boolean;
  /** 0, which is the default, for a free one. */
  readonly ports?: { readonly gateway: number; readonly ingress: number };
  /** Of the ingress. */
  readonly extraPorts?: readonly number[];
  /** Of the host; a new one when absent. */
  readonly key?: Uint8Array;
  readonly passwords?: Passwords;
}

const HOST = "127.0.0.1";
/** For what must come, however busy the machine is. */
export const PATIENCE = { timeout: 15_000, interval: 20 };
/** pino's number for an error: what a crash would be logged as. */
export const ERROR = 50;

/** As safe as they need be here. */
export function cheapPasswords(onWork: (cost: ScryptOptions) => void = () => {}): Passwords {
  return new Passwords(async (password, salt, bytes, cost) => {
    onWork(cost);
    return scryptSync(password, salt, bytes, { ...cost, N: 2 });
  });
}

export async function startFront(kind: Runtime["kind"], options: FrontOptions = {}): Promise<Front> {
  const log: LogLine[] = [];
  const write = (line: string) => log.push(JSON.parse(line));
  const logger = pino({ base: null }, { write });
  const core = new InMemoryCore();
  const metrics = new Metrics();
  const channel = metrics.measure(core);
  const { key = randomBytes(32), passwords = cheapPasswords() } = options;
  const held = new Credentials(key, channel, passwords);
  const bindings = { channel, credentials: held };
  const runtime =
    kind === "node"
      ? await createNodeRuntime({ ...options, ...bindings })
      : await createWorkerdRuntime({ ...options, ...bindings, log: logger });
  const state = { ready: true };
  const cluster: ClusterView = {
    ready: async () => state.ready,
    status: async () => ({ nodes: [{ id: 0, pid: 1, address: "127.0.0.1:9000", alive: true }], groups: [] }),
  };
  const { ports = { gateway: 0, ingress: 0 }, extraPorts = [] } = options;
  const doors = { host: HOST, runtime, requests: new RequestLog(logger, write), metrics };
  const gateway = await startGateway({ ...doors, port: ports.gateway, cluster });
  const ingress = await startIngress({ ...doors, port: ports.ingress, extraPorts }).catch(async (error: unknown) => {
    await gateway.close();
    throw error;
  });
  const clients: Client[] = [];
  const stub = <C extends Client>(Stub: StubClass<C>): C => {
    const client = new Stub(`${HOST}:${ingress.port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    clients.push(client);
    return client;
  };
  return {
    core,
    runtime,
    gateway,
    ingress,
    url: `http://${HOST}:${gateway.port}`,
    log,
    cluster: state,
    queue: stub(QueueServiceClient),
    raftClient: stub(RaftClientClient),
    raftService: stub(RaftServiceClient),
    auth: stub(AuthServiceClient),
    credentials: held,
    stub,
    close: async () => {
      for (const client of clients) client.close();
      await Promise.all([gateway.close(), ingress.close()]);
      await runtime.close();
    },
  };
}

/** What a gRPC call came to. */
export type RpcResult<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly code: number; readonly details: string };

export interface RpcOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly deadline?: number;
  /** Takes the metadata that came back before the message. */
  readonly onMetadata?: (metadata: Metadata) => void;
}

type Unary<Q, A> = (
  message: Q,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, answer: A) => void,
) => { on(event: "metadata", listener: (metadata: Metadata) => void): unknown };

/** `rpc(front.queue, front.queue.addTrack, { … })` */
export function rpc<Q, A>(
  client: Client,
  method: Unary<Q, A>,
  message: Q,
  { metadata = {}, deadline = 10_000, onMetadata }: RpcOptions = {},
): Promise<RpcResult<A>> {
  const sent = new Metadata();
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
  return new Promise((resolve) => {
    const call = method.call(client, message, sent, { deadline: Date.now() + deadline }, (error, answer) =>
      resolve(error === null ? { ok: true, message: answer } : { ok: false, code: error.code, details: error.details }),
    );
    if (onMetadata !== undefined) call.on("metadata", onMetadata);
  });
}

let rooms = 0;

/** A room that no other test uses. */
export function newRoom(): string {
  return `room-${++rooms}`;
}

export interface HttpResult {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface HttpOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly text?: string;
}

/** POST when there is a body, else GET, unless `method` says otherwise. */
export async function http(front: Front, path: string, options: HttpOptions = {}): Promise<HttpResult> {
  const body = options.text ?? (options.json === undefined ? undefined : JSON.stringify(options.json));
  const response = await fetch(`${front.url}${path}`, {
    method: options.method ?? (body === undefined ? "GET" : "POST"),
    headers: { ...(options.json !== undefined && { "content-type": "application/json" }), ...options.headers },
    ...(body !== undefined && { body }),
    redirect: "manual",
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return { status: response.status, headers: response.headers, body: isJson && text !== "" ? JSON.parse(text) : text };
}
