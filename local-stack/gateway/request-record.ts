/** One request from its head to its answer: its name, its log line, its count. */
import type { Logger } from "pino";
import { defect, type Failure } from "../../functions/failure.ts";
import { type Answer, failureAnswer, isText } from "../../functions/http-status.ts";
import { parseTraceparent } from "../../functions/traceparent.ts";
import type { HttpContext } from "../runtimes/runtime.ts";
import { BodyTooLarge, limitBody, MAX_BODY_BYTES, tooLarge } from "./body-limit.ts";
import type { Metrics } from "./metrics.ts";
import { requestId } from "./request-id.ts";

/** What nginx calls a request whose client went away before it had sent all of it. */
const CLIENT_GONE = 499;

/** Hono wants a response in any case. */
const LEFT_THERE = new Response();

export interface Recorder {
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** @param limit bytes of the request's body */
export async function record(
  { log, metrics }: Recorder,
  c: HttpContext,
  name: string,
  work: () => Answer | Promise<Answer>,
  limit = MAX_BODY_BYTES,
): Promise<Response> {
  const started = performance.now();
  const { incoming } = c.env;
  const id = requestId(incoming.headers["x-request-id"]);
  // What the function logs can be found by it too.
  incoming.headers["x-request-id"] = id;
  const trace = parseTraceparent(incoming.headers.traceparent);
  let answer: Answer;
  try {
    answer = limitBody(c, limit) ? await work() : failureAnswer(tooLarge(limit));
  } catch (error) {
    answer = whileReading(c, error, limit);
  }
  const { status, headers, body } = answer;
  headers["x-request-id"] = id;
  if (trace !== undefined) headers.traceparent = trace.header;
  const ms = Math.round((performance.now() - started) * 1000) / 1000;
  const line = { id, method: c.req.method, path: c.req.path, status, ms, function: name, trace: trace?.traceId };
  if (answer.defect === undefined) log.info(line);
  else log.error({ ...line, err: answer.defect });
  metrics.request("http", name, status, ms);
  const unread = c.req.method === "HEAD" && body instanceof ReadableStream;
  // Else whoever makes it waits for somebody to read it.
  if (unread) body.cancel().catch(() => {});
  const { plain } = c.env;
  if (plain === undefined) return new Response(unread ? null : body, { status, headers });
  if (!isText(answer)) throw new Error(`expected ${name} to answer with text`);
  plain.answer = answer;
  return LEFT_THERE;
}

function whileReading(c: HttpContext, error: unknown, limit: number): Answer {
  if (error instanceof BodyTooLarge) return failureAnswer(tooLarge(limit));
  if (c.env.incoming.destroyed) {
    const gone: Failure = { kind: "Malformed", error: "the client went away", detail: "the body is incomplete" };
    return { ...failureAnswer(gone), status: CLIENT_GONE };
  }
  return failureAnswer(defect(error));
}
