/** The HTTP side of a function: a request as Hono routed it, to an answer for any server. */
import type { Context } from "hono";
import type { FunctionDefinition } from "./define-function.ts";
import { type Answer, failureAnswer } from "./http-status.ts";
import { type Bindings, type Call, invoke, type Peer } from "./invoke.ts";
import { parseJsonBody } from "./json-body.ts";
import { WatchedBody } from "./watched-body.ts";

const MINIMAL = /(?:^|[,;\s])return\s*=\s*"?minimal"?(?:$|[,;\s])/i;

/** Headers that concern a function, as they came. */
export interface Heard {
  readonly contentType: string | undefined;
  readonly prefer: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly traceparent: string | undefined;
  readonly lastEventId: string | undefined;
}

/** What a function may see of a request, as JSON values, to pass into an isolate. */
export interface HttpCall extends Partial<Heard> {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** The body, of a function that takes JSON. */
  readonly text?: string | undefined;
  readonly requestId?: string | undefined;
}

type Header = (name: string) => string | undefined;

/** Of headers as Node has them. */
export function headerOf(headers: Readonly<Record<string, string | string[] | undefined>>): Header {
  return (name) => {
    const value = headers[name];
    return typeof value === "object" ? value.join(", ") : value;
  };
}

/** @param header by its name in lower case */
export function heardOf(header: Header): Heard {
  return {
    contentType: header("content-type"),
    prefer: header("prefer"),
    idempotencyKey: header("idempotency-key"),
    traceparent: header("traceparent"),
    lastEventId: header("last-event-id"),
  };
}

/** @throws what reading the request's body throws: the client went away, or sent too much. */
export async function answerHttp(
  definition: FunctionDefinition,
  c: Context,
  peer: Peer,
  bindings: Bindings,
): Promise<Answer> {
  const { params, query, body, upload } = definition;
  const header = (name: string) => c.req.header(name);
  const call = {
    ...heardOf(header),
    params: params && c.req.param(),
    query: query && c.req.query(),
    text: body && (await c.req.text()),
    requestId: header("x-request-id"),
  };
  if (upload === undefined || c.req.raw.body === null) return answerHttpCall(definition, call, peer, bindings);
  const sent = new WatchedBody(c.req.raw.body);
  const file = { body: sent.stream, contentType: call.contentType ?? "" };
  const answer = await answerHttpCall(definition, call, peer, bindings, file);
  await sent.drain();
  if (sent.broken !== undefined) throw sent.broken.error;
  return answer;
}

/** A body is a string, or the stream that the function replied with. */
export async function answerHttpCall(
  definition: FunctionDefinition,
  call: HttpCall,
  peer: Peer,
  bindings: Bindings,
  file?: Call["file"],
): Promise<Answer> {
  const { params, query, text = "", contentType, prefer, idempotencyKey, traceparent, lastEventId } = call;
  let body: unknown;
  if (definition.body !== undefined) {
    const parsed = parseJsonBody(text, contentType);
    if (!parsed.ok) return failureAnswer(parsed.failure);
    body = parsed.value;
  }
  const minimal = definition.method !== "GET" && prefer !== undefined && MINIMAL.test(prefer);
  const raw = { params, query, body };
  const heard = { raw, peer, minimal, idempotencyKey, traceparent, lastEventId };
  const outcome = await invoke(definition, file === undefined ? heard : { ...heard, file }, bindings);
  if (!outcome.ok) return failureAnswer(outcome.failure);
  const { status, body: reply, headers: own } = outcome.reply;
  if (reply instanceof ReadableStream) return { status, headers: { ...own }, body: reply };
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (minimal) headers["preference-applied"] = "return=minimal";
  return { status, headers: own === undefined ? headers : { ...headers, ...own }, body: JSON.stringify(reply) };
}
