/**
 * The gRPC side of a function. Only the types of the generated services are needed here, so no gRPC is loaded: a function must
 * run in an isolate, where there is none.
 */
import type { FailureKind } from "./failure.ts";

/** What is used of a method in a generated service definition. */
export interface UnaryMethod {
  readonly path: string;
  requestDeserialize(value: Buffer): object;
  responseDeserialize(value: Buffer): object;
}

type Request<M extends UnaryMethod> = ReturnType<M["requestDeserialize"]>;
type Response<M extends UnaryMethod> = ReturnType<M["responseDeserialize"]>;

/** What a message stands for; validated like what comes by HTTP. */
export interface RawInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

export interface RpcDoor<Body = never> {
  /** `/package.Service/Method` */
  readonly path: string;
  // Methods, hence bivariant: a door is called with what the method of its path has decoded, and with its function's body.
  input(message: object): RawInput;
  reply(body: Body): object;
  /** Failures that the contract tells by a message, with status OK. */
  readonly instead: Readonly<Partial<Record<FailureKind, object>>>;
}

interface Bridge<M extends UnaryMethod, Body> {
  input(message: Request<M>): RawInput;
  reply: (body: Body) => Response<M>;
  instead?: Readonly<Partial<Record<FailureKind, Response<M>>>>;
}

/** `rpc<QueueServiceService["addTrack"]>("/queue.QueueService/AddTrack")({ input, reply })` */
export function rpc<M extends UnaryMethod>(path: M["path"]) {
  return <Body>({ input, reply, instead = {} }: Bridge<M, Body>): RpcDoor<Body> => ({
    path,
    input,
    reply,
    instead,
  });
}
