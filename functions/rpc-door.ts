/** The gRPC side of a function: a decoded message, to a message or a status. All values are JSON, to pass into an isolate. */
import type { FunctionDefinition } from "./define-function.ts";
import { type GrpcStatus, grpcStatus } from "./grpc-status.ts";
import { type Bindings, invoke, type Peer } from "./invoke.ts";

export interface RpcCall {
  /** `/package.Service/Method`, one of the function's. */
  readonly path: string;
  readonly message: object;
  readonly peer: Peer;
  readonly requestId?: string;
  readonly idempotencyKey?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Milliseconds from now. */
  readonly timeout?: number;
}

export type RpcAnswer =
  | { readonly ok: true; readonly message: object }
  | { readonly ok: false; readonly status: GrpcStatus; readonly defect?: unknown };

export async function answerRpc(definition: FunctionDefinition, call: RpcCall, bindings: Bindings): Promise<RpcAnswer> {
  const door = definition.rpcs?.find(({ path }) => path === call.path);
  if (door === undefined) throw new Error(`function ${definition.name} has no gRPC method ${call.path}`);
  const { peer, idempotencyKey, traceparent, timeout } = call;
  const outcome = await invoke(
    definition,
    {
      raw: door.input(call.message),
      peer,
      minimal: false,
      idempotencyKey,
      traceparent,
      ...(timeout !== undefined && { timeout }),
    },
    bindings,
  );
  if (outcome.ok) return { ok: true, message: door.reply(outcome.reply.body) };
  const { failure } = outcome;
  const message = door.instead[failure.kind];
  if (message !== undefined) return { ok: true, message };
  return {
    ok: false,
    status: grpcStatus(failure),
    ...(failure.cause !== undefined && { defect: failure.cause }),
  };
}
