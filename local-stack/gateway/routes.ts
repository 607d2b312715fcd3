/** Every path the gateway knows: the functions' own, and those about the stack itself. */
import { Hono } from "hono";
import { type FunctionDefinition, streamsEvents } from "../../functions/define-function.ts";
import { type Answer, failureAnswer } from "../../functions/http-status.ts";
import type { Peer } from "../../functions/invoke.ts";
import type { HttpContext, HttpEnvironment, Runtime } from "../runtimes/runtime.ts";
import type { ClusterView } from "./cluster-view.ts";
import { docsFile, docsPage } from "./docs-page.ts";
import type { EventStreams } from "./event-streams.ts";
import { anyPeer, userPeer } from "./http-peer.ts";
import { openApiDocument } from "./openapi.ts";
import { type Recorder, record } from "./request-record.ts";
import { inRoutingOrder } from "./routing-order.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** About the stack itself, all of them by GET. They come before the functions'. */
export const OWN_PATHS = [
  "/",
  "/docs",
  "/docs/:file",
  "/openapi.json",
  "/healthz",
  "/readyz",
  "/cluster",
  "/metrics",
] as const;
type OwnPath = (typeof OWN_PATHS)[number];

interface Served {
  readonly runtime: Runtime;
  readonly cluster: ClusterView;
  readonly streams: EventStreams;
  readonly recorder: Recorder;
}

/** One app per list of functions; a reload makes another. */
export function buildRoutes({ runtime, cluster, streams, recorder }: Served): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>();
  const about = (path: OwnPath, work: (rest: string) => Answer | Promise<Answer>) =>
    app.get(path, (c) => record(recorder, c, "gateway", () => work(c.req.param("file") ?? "")));

  // Drawn up when it is first asked for: it takes as long as all else that a gateway does before it listens.
  let document: string | undefined;
  const openApi = () => {
    document ??= JSON.stringify(openApiDocument(runtime.functions));
    return document;
  };
  about("/", () => ({ status: 302, headers: { location: "/docs" }, body: null }));
  about("/docs", docsPage);
  about("/docs/:file", docsFile);
  about("/openapi.json", () => ({ status: 200, headers: { "content-type": "application/json" }, body: openApi() }));
  about("/healthz", () => json(200, { status: "healthy", service: "gateway" }));
  about("/readyz", async () => ((await cluster.ready()) ? json(200, { status: "ready" }) : failureAnswer(NOT_READY)));
  about("/cluster", async () => json(200, await cluster.status()));
  about("/metrics", async () => ({
    status: 200,
    headers: { "content-type": recorder.metrics.registry.contentType },
    body: await recorder.metrics.registry.metrics(),
  }));

  for (const { path, definition } of inRoutingOrder(runtime.functions)) {
    const { name, method, upload } = definition;
    const answer = answerer(runtime, definition, streams);
    app.on(method, path, (c) => record(recorder, c, name, () => answer(c), upload?.limit));
  }

  app.notFound((c) => {
    const allowed = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    return record(recorder, c, "gateway", () => refuse(c.req.method, c.req.path, allowed));
  });
  return app;
}

/** How a function is asked. One that anybody may call pays for no identity. */
function answerer(
  runtime: Runtime,
  definition: FunctionDefinition,
  streams: EventStreams,
): (c: HttpContext) => Promise<Answer> {
  const { name, access = "anyone" } = definition;
  const ask = streamsEvents(definition)
    ? (c: HttpContext, peer: Peer) => askForEvents(streams, peer, () => runtime.http(name, c, peer))
    : (c: HttpContext, peer: Peer) => runtime.http(name, c, peer);
  if (access === "anyone") return (c) => ask(c, anyPeer(c.env.incoming.socket));
  return async (c) => {
    const { incoming } = c.env;
    const peer = await userPeer(incoming, () => c.req.query("token"), definition, runtime.credentials);
    return peer.ok ? ask(c, peer.value) : failureAnswer(peer.failure);
  };
}

async function askForEvents(
  streams: EventStreams,
  { caller, address }: Peer,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  if (streams.full) return failureAnswer(TOO_MANY_STREAMS);
  const answer = await ask();
  if (!(answer.body instanceof ReadableStream)) return answer;
  // Others were opened meanwhile.
  if (streams.full) return answer.body.cancel().then(() => failureAnswer(TOO_MANY_STREAMS));
  return { ...answer, body: streams.keep(caller.kind === "user" ? `user ${caller.user.id}` : address, answer.body) };
}

const TOO_MANY_STREAMS = {
  kind: "Unavailable",
  error: "too many event streams are open",
  detail: "try again, or ask without a stream",
} as const;

const NOT_READY = { kind: "NoLeader", error: "not ready", detail: "not every group has a leader" } as const;

function json(status: number, value: unknown): Answer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

function refuse(method: string, path: string, allowed: readonly string[]): Answer {
  if (allowed.length === 0) {
    return failureAnswer({ kind: "NoSuchPath", error: `no such path: ${path}`, detail: "GET /docs shows all paths" });
  }
  const allow = (allowed.includes("GET") ? ["HEAD", "OPTIONS"] : ["OPTIONS"]).concat(allowed).join(", ");
  if (method === "OPTIONS") return { status: 204, headers: { allow }, body: null };
  const answer = failureAnswer({
    kind: "WrongMethod",
    error: `${method} is not a method of ${path}`,
    detail: `use ${allow}`,
  });
  return { ...answer, headers: { ...answer.headers, allow } };
}
