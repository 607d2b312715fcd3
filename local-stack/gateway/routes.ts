/** Every path the gateway knows: the functions' own, and those about the stack itself. */
import { Hono } from "hono";
import type { FunctionDefinition } from "../../functions/define-function.ts";
import { type Answer, failureAnswer } from "../../functions/http-status.ts";
import type { HttpContext, HttpEnvironment, Runtime } from "../runtimes/runtime.ts";
import type { ClusterView } from "./cluster-view.ts";
import { docsFile, docsPage } from "./docs-page.ts";
import { anyPeer, userPeer } from "./http-peer.ts";
import { openApiDocument } from "./openapi.ts";
import { type Recorder, record } from "./request-record.ts";
import { inRoutingOrder } from "./routing-order.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

interface Served {
  readonly runtime: Runtime;
  readonly cluster: ClusterView;
  readonly recorder: Recorder;
}

/** One app per list of functions; a reload makes another. */
export function buildRoutes({ runtime, cluster, recorder }: Served): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>();
  const about = (path: string, work: (rest: string) => Answer | Promise<Answer>) =>
    app.get(path, (c) => record(recorder, c, "gateway", () => work(c.req.param("file") ?? "")));

  const document = JSON.stringify(openApiDocument(runtime.functions));
  about("/", () => ({ status: 302, headers: { location: "/docs" }, body: null }));
  about("/docs", docsPage);
  about("/docs/:file", docsFile);
  about("/openapi.json", () => ({ status: 200, headers: { "content-type": "application/json" }, body: document }));
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
    const answer = answerer(runtime, definition);
    app.on(method, path, (c) => record(recorder, c, name, () => answer(c), upload?.limit));
  }

  app.notFound((c) => {
    const allowed = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    return record(recorder, c, "gateway", () => refuse(c.req.method, c.req.path, allowed));
  });
  return app;
}

/** Who anybody may call pays for no identity. */
function answerer(runtime: Runtime, definition: FunctionDefinition): (c: HttpContext) => Promise<Answer> {
  const { name, access = "anyone" } = definition;
  if (access === "anyone") return (c) => runtime.http(name, c, anyPeer(c));
  return async (c) => {
    const peer = await userPeer(c, definition, runtime.credentials);
    return peer.ok ? runtime.http(name, c, peer.value) : failureAnswer(peer.failure);
  };
}

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
