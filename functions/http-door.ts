/** The HTTP side of a function: a request as Hono routed it, to an answer for any server. */
import type { Context } from "hono";
import type { FunctionDefinition } from "./define-function.ts";
import { type Answer, failureAnswer } from "./http-status.ts";
import { type Bindings, invoke, type Peer } from "./invoke.ts";
import { parseJsonBody } from "./json-body.ts";
import { WatchedBody } from "./watched-body.ts";

const MINIMAL = /(?:^|[,;\s])return\s*=\s*"?minimal"?(?:$|[,;\s])/i;

/** @throws what reading the request's body throws: the client went away, or sent too much. */
export async function answerHttp(
  definition: FunctionDefinition,
  c: Context,
  peer: Peer,
  bindings: Bindings,
): Promise<Answer> {
  const { params, query, body, upload, method } = definition;
  let value: unknown;
  if (body !== undefined) {
    const parsed = parseJsonBody(await c.req.text(), c.req.header("content-type"));
    if (!parsed.ok) return failureAnswer(parsed.failure);
    value = parsed.value;
  }
  const sent = upload === undefined || c.req.raw.body === null ? undefined : new WatchedBody(c.req.raw.body);
  const prefer = method === "GET" ? undefined : c.req.header("prefer");
  const minimal = prefer !== undefined && MINIMAL.test(prefer);
  const outcome = await invoke(
    definition,
    {
      raw: { params: params && c.req.param(), query: query && c.req.query(), body: value },
      peer,
      minimal,
      idempotencyKey: c.req.header("idempotency-key"),
      traceparent: c.req.header("traceparent"),
      lastEventId: c.req.header("last-event-id"),
      ...(sent && { file: { body: sent.stream, contentType: c.req.header("content-type") ?? "" } }),
    },
    bindings,
  );
  await sent?.drain();
  if (sent?.broken !== undefined) throw sent.broken.error;
  if (!outcome.ok) return failureAnswer(outcome.failure);
  const { status, body: reply, headers } = outcome.reply;
  if (reply instanceof ReadableStream) return { status, headers: { ...headers }, body: reply };
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...(minimal && { "preference-applied": "return=minimal" }),
      ...headers,
    },
    body: JSON.stringify(reply),
  };
}
