/** The one place where a failure becomes a gRPC status. Codes: https://grpc.io/docs/guides/status-codes/ */
import type { Failure, FailureKind } from "./failure.ts";

const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

const CODE: Readonly<Record<FailureKind, number>> = {
  Malformed: INVALID_ARGUMENT,
  Invalid: INVALID_ARGUMENT,
  UnsupportedType: INVALID_ARGUMENT,
  KeyReused: INVALID_ARGUMENT,
  Timeout: DEADLINE_EXCEEDED,
  NotFound: NOT_FOUND,
  Conflict: ALREADY_EXISTS,
  TooLarge: RESOURCE_EXHAUSTED,
  Full: RESOURCE_EXHAUSTED,
  Empty: FAILED_PRECONDITION,
  NoSuchPath: UNIMPLEMENTED,
  WrongMethod: UNIMPLEMENTED,
  Defect: INTERNAL,
  NoLeader: UNAVAILABLE,
  Overloaded: UNAVAILABLE,
  // Clients of the queue expect UNAVAILABLE for what could not be committed in time.
  Unknown: UNAVAILABLE,
  RuntimeLost: UNAVAILABLE,
  Unavailable: UNAVAILABLE,
  Unauthenticated: UNAUTHENTICATED,
  Forbidden: PERMISSION_DENIED,
  TooMany: RESOURCE_EXHAUSTED,
  Precondition: FAILED_PRECONDITION,
};

export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

export function grpcStatus(failure: Failure): GrpcStatus {
  const { kind, error, detail } = failure;
  return { code: CODE[kind], details: typeof detail === "string" ? `${error}: ${detail}` : error };
}
