/** The one place where a failure becomes an HTTP status and a body. Contract: shared/contracts/README.md. */
import { type Failure, type FailureKind, wholeSeconds } from "./failure.ts";

/** Seconds after which a client may try again: longer than an election. */
const RETRY_AFTER_S = "1";

const STATUS: Readonly<Record<Exclude<FailureKind, "Unknown">, number>> = {
  Malformed: 400,
  Empty: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  NotFound: 404,
  NoSuchPath: 404,
  WrongMethod: 405,
  Conflict: 409,
  Precondition: 409,
  TooLarge: 413,
  UnsupportedType: 415,
  Invalid: 422,
  KeyReused: 422,
  Full: 429,
  TooMany: 429,
  Defect: 500,
  NoLeader: 503,
  Overloaded: 503,
  RuntimeLost: 503,
  Unavailable: 503,
  Timeout: 504,
};

/** A reply that is ready for any HTTP server. Header names are in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
  /** What was thrown, for the log. */
  readonly defect?: unknown;
}

export type TextAnswer = Answer & { readonly body: string | null };

/** Neither a stream nor bytes. */
export function isText(answer: Answer): answer is TextAnswer {
  return answer.body === null || typeof answer.body === "string";
}

/** Of the kinds that a function can end in; `Unknown` is 504, or 503 when there is no leader. */
export function statusOf(kind: FailureKind, led = true): number {
  return kind === "Unknown" ? (led ? 504 : 503) : STATUS[kind];
}

export function failureAnswer(failure: Failure): TextAnswer {
  const status = statusOf(failure.kind, failure.led);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (status === 503) headers["retry-after"] = RETRY_AFTER_S;
  if (failure.retryAfter !== undefined) headers["retry-after"] = String(wholeSeconds(failure.retryAfter));
  // RFC 9110, section 15.5.2, and RFC 6750, section 3.
  if (status === 401) headers["www-authenticate"] = "Bearer";
  return {
    status,
    headers,
    body: JSON.stringify({ error: failure.error, detail: failure.detail }),
    ...(failure.cause !== undefined && { defect: failure.cause }),
  };
}
