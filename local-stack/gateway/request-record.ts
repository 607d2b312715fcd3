/** One request from its head to its answer: its name, its log line, its count. */
import type { IncomingHttpHeaders } from "node:http";
import { defect, type Failure } from "../../functions/failure.ts";
import { type Answer, failureAnswer } from "../../functions/http-status.ts";
import { parseTraceparent, type Traceparent } from "../../functions/traceparent.ts";
import type { HttpContext } from "../runtimes/runtime.ts";
import { BodyTooLarge, limitBody, MAX_BODY_BYTES, tooLarge } from "./body-limit.ts";
import type { Metrics } from "./metrics.ts";
import { requestId } from "./request-id.ts";
import type { RequestLog } from "./request-log.ts";

/** What nginx calls a request whose client went away before it had sent all of it. */
const CLIENT_GONE = 499;

export interface Recorder {
  readonly requests: RequestLog;
  readonly metrics: Metrics;
}

/** What is known of a request as soon as its head is there. */
export interface Begun {
  readonly id: string;
  readonly trace: Traceparent | undefined;
  /** Milliseconds, monotonic. */
  readonly started: number;
}

export function begin(headers: Readonly<IncomingHttpHeaders>): Begun {
  const started = performance.now();
  return { id: requestId(headers["x-request-id"]), trace: parseTraceparent(headers.traceparent), started };
}

/** @param name of the function, or of what else answered. Puts the request's name among the answer's headers. */
export function finish(
  { requests, metrics }: Recorder,
  { id, trace, started }: Begun,
  { method, path, name }: { readonly method: string; readonly path: string; readonly name: string },
  { status, headers, defect }: Answer,
): void {
  headers["x-request-id"] = id;
  if (trace !== undefined) headers.traceparent = trace.header;
  const ms = Math.round((performance.now() - started) * 1000) / 1000;
  requests.add({ id, method, path, status, ms, function: name, trace: trace?.traceId }, defect);
  metrics.request("http", name, status, ms);
}

/** @param limit bytes of the request's body */
export async function record(
  recorder: Recorder,
  c: HttpContext,
  name: string,
  work: () => Answer | Promise<Answer>,
  limit = MAX_BODY_BYTES,
): Promise<Response> {
  const { headers: sent } = c.env.incoming;
  const begun = begin(sent);
  // What the function logs can be found by the name that the request got.
  sent["x-request-id"] = begun.id;
  let answer: Answer;
  try {
    answer = limitBody(c, limit) ? await work() : failureAnswer(tooLarge(limit));
  } catch (error) {
    answer = whileReading(c, error, limit);
  }
  finish(recorder, begun, { method: c.req.method, path: c.req.path, name }, answer);
  const { status, headers, body } = answer;
  const unread = c.req.method === "HEAD" && body instanceof ReadableStream;
  // Else whoever makes it waits for somebody to read it.
  if (unread) body.cancel().catch(() => {});
  return new Response(unread ? null : body, { status, headers });
}

function whileReading(c: HttpContext, error: unknown, limit: number): Answer {
  if (error instanceof BodyTooLarge) return failureAnswer(tooLarge(limit));
  if (c.env.incoming.destroyed) {
    const gone: Failure = { kind: "Malformed", error: "the client went away", detail: "the body is incomplete" };
    return { ...failureAnswer(gone), status: CLIENT_GONE };
  }
  return failureAnswer(defect(error));
}
