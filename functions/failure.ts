/** Every way in which a request can end without its result, before anybody made a status of it. */
import type { CoreFailure } from "../consensus-nodes/client/core-failure.ts";

/** What a handler may answer instead of a reply. */
export type RefusalKind =
  /** There is no such thing. */
  | "NotFound"
  /** It contradicts what is there. */
  | "Conflict"
  /** There is nothing to take. */
  | "Empty"
  /** There is no room for more. */
  | "Full"
  /** Not what the protocol calls a request: no JSON, no form, a bad header. */
  | "Malformed"
  /** Well-formed, but against the schema or the rules of the thing. */
  | "Invalid"
  | "UnsupportedType"
  | "TooLarge"
  /** A node that it takes cannot be reached; nothing was done. */
  | "Unavailable"
  /** No credentials, or bad ones. */
  | "Unauthenticated"
  /** With good credentials, but not theirs to do. */
  | "Forbidden"
  /** Too often; `retryAfter` says when again. */
  | "TooMany"
  /** Not in the state that it takes. */
  | "Precondition";

/** What a front door refuses before a handler sees it. */
export type DoorFailureKind =
  | "NoSuchPath"
  | "WrongMethod"
  /** The function's runtime ended while the request was in it, or is not there: a write's outcome is unknown. */
  | "RuntimeLost";

export type FailureKind = RefusalKind | DoorFailureKind | CoreFailure["kind"];

export interface FieldError {
  /** Where in the input, `[0].title`; the parameter's name for a path or query parameter; empty for the body itself. */
  readonly path: string;
  readonly message: string;
}

export interface Failure {
  readonly kind: FailureKind;
  /** One short sentence, without a full stop, that names the field and the reason. */
  readonly error: string;
  readonly detail: string | readonly FieldError[];
  /** Of `TooMany`: milliseconds until it may be tried again. */
  readonly retryAfter?: number;
  /** Of `Unknown`: a leader is known now. */
  readonly led?: boolean;
  /** What was thrown. For the log; never told to a client. */
  readonly cause?: unknown;
}

/** A handler's refusal: a value, like its reply. */
export interface Refusal<Kind extends RefusalKind = RefusalKind> extends Failure {
  readonly kind: Kind;
}

export function refuse<Kind extends RefusalKind>(kind: Kind, error: string, detail: string): Refusal<Kind> {
  return { kind, error, detail };
}

/** @param retryAfter milliseconds */
export function tooMany(error: string, retryAfter: number): Refusal<"TooMany"> {
  const detail = `nothing was done; try again in ${wholeSeconds(retryAfter)} s`;
  return { kind: "TooMany", error, detail, retryAfter };
}

/** As clients are told: never too early. */
export function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}

const RETRY_ADVICE =
  "the outcome is unknown: it may have happened, or may yet; with the same Idempotency-Key a retry happens at most once";

/** @returns the failure as a client may read it. */
export function fromCore(failure: CoreFailure): Failure {
  switch (failure.kind) {
    case "NoLeader":
      return { kind: "NoLeader", error: "no leader is known", detail: "nothing was done; try again" };
    case "Overloaded":
      return { kind: "Overloaded", error: "the core is overloaded", detail: "nothing was done; try again" };
    case "Unknown":
      return { kind: "Unknown", error: "the change was not confirmed in time", detail: RETRY_ADVICE, led: failure.led };
    case "Timeout":
      return { kind: "Timeout", error: "the answer did not come in time", detail: "nothing was changed; try again" };
    case "KeyReused":
      return {
        kind: "KeyReused",
        error: "the Idempotency-Key was used with another request",
        detail: "nothing was done; use a new key for a new request",
      };
    case "Conflict":
      return { kind: "Conflict", error: "a transaction is in the way", detail: `${failure.message}; nothing was done` };
    case "Invalid":
      return { kind: "Invalid", error: "the core refused the input", detail: failure.message };
    case "Defect":
      return defect(new Error(failure.message));
  }
}

/** What a client is told of an exception: that there was one. */
export function defect(cause: unknown): Failure {
  return {
    kind: "Defect",
    error: "the function failed",
    detail: "the log has the reason under the X-Request-Id",
    cause,
  };
}

export function runtimeLost(cause: unknown): Failure {
  return { kind: "RuntimeLost", error: "the function's runtime ended during the request", detail: RETRY_ADVICE, cause };
}
