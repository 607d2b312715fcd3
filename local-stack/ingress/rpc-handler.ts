/** One gRPC method: a message in, a function called, a message or a status out. */
import { type handleUnaryCall, Metadata, type ServerUnaryCall, status } from "@grpc/grpc-js";
import type { FunctionDefinition } from "../../functions/define-function.ts";
import { grpcStatus } from "../../functions/grpc-status.ts";
import type { RpcAnswer, RpcCall } from "../../functions/rpc-door.ts";
import { parseTraceparent } from "../../functions/traceparent.ts";
import type { Metrics } from "../gateway/metrics.ts";
import { requestId } from "../gateway/request-id.ts";
import type { RequestLog } from "../gateway/request-log.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { anyPeer, knownPeer } from "./rpc-peer.ts";

/** Milliseconds kept back of a caller's deadline, for the answer's way: a caller learns what became of its call. */
const MARGIN_MS = 100;

export interface RpcHandling {
  readonly runtime: Runtime;
  readonly requests: RequestLog;
  readonly metrics: Metrics;
}

/** The function that serves a gRPC method now. */
function functionOf(runtime: Runtime, path: string): FunctionDefinition | undefined {
  return runtime.functions.find(({ definition }) => definition.rpcs?.some((door) => door.path === path))?.definition;
}

export function rpcHandler({ runtime, requests, metrics }: RpcHandling, path: string): handleUnaryCall<object, object> {
  return async (call, callback) => {
    const started = performance.now();
    const id = requestId(header(call, "x-request-id"));
    const trace = parseTraceparent(header(call, "traceparent"));
    const echoed = new Metadata();
    echoed.set("x-request-id", id);
    if (trace !== undefined) echoed.set("traceparent", trace.header);
    call.sendMetadata(echoed);

    const served = functionOf(runtime, path);
    const name = served?.name;
    let code: number = status.OK;
    let failure: unknown;
    try {
      if (served === undefined) {
        code = status.UNIMPLEMENTED;
        callback({ code, details: `no function serves ${path}` });
      } else {
        const answer = await answerCall(runtime, served, call, {
          path,
          message: call.request,
          requestId: id,
          idempotencyKey: header(call, "idempotency-key"),
          traceparent: trace?.header,
        });
        if (answer.ok) callback(null, answer.message);
        else {
          code = answer.status.code;
          failure = answer.defect;
          callback(answer.status);
        }
      }
    } catch (error) {
      code = status.INTERNAL;
      failure = error;
      callback({ code, details: "the function failed: the log has the reason" });
    }
    const ms = Math.round((performance.now() - started) * 1000) / 1000;
    requests.add({ id, method: path, status: code, ms, function: name, trace: trace?.traceId }, failure);
    metrics.request("grpc", name ?? "ingress", code, ms);
  };
}

async function answerCall(
  runtime: Runtime,
  { name, access = "anyone" }: FunctionDefinition,
  call: ServerUnaryCall<object, object>,
  fields: Omit<RpcCall, "peer" | "timeout">,
): Promise<RpcAnswer> {
  // Who anybody may call pays for no identity.
  const peer =
    access === "anyone"
      ? ({ ok: true, value: anyPeer(call) } as const)
      : await knownPeer(call, access, runtime.credentials);
  if (!peer.ok) return { ok: false, status: grpcStatus(peer.failure) };
  const timeout = timeLeft(call);
  return runtime.rpc(name, { ...fields, peer: peer.value, ...(timeout !== undefined && { timeout }) });
}

function header(call: ServerUnaryCall<object, object>, name: string): string | undefined {
  const [value] = call.metadata.get(name);
  return typeof value === "string" ? value : undefined;
}

/** Milliseconds; undefined when the caller set no deadline. */
function timeLeft(call: ServerUnaryCall<object, object>): number | undefined {
  const deadline = Number(call.getDeadline());
  return Number.isFinite(deadline) ? Math.max(1, deadline - Date.now() - MARGIN_MS) : undefined;
}
