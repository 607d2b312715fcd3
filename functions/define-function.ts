/**
 * A function: one definition from which its routes, its validation, its OpenAPI entry, its gRPC method and its types follow.
 *
 *     export default defineFunction({
 *       name: "clear", method: "POST", paths: ["/clear"], summary: "Empties the queue.",
 *       replies: { 200: { description: "It is empty.", schema: z.object({ message: z.string() }) } },
 *       async handle({ core }) {
 *         await core.queue.clear({ room: "main" });
 *         return reply(200, { message: "Cleared" });
 *       },
 *     });
 *
 * Every file in a service's folder whose default export is such a definition is served.
 */
import * as z from "zod";
import type { BlobChannel, UploadReply } from "../consensus-nodes/client/blob-channel.ts";
import type { Core } from "../consensus-nodes/client/core.ts";
import type { CredentialChannel } from "../consensus-nodes/client/credential-channel.ts";
import type { Caller } from "./caller.ts";
import type { Refusal, RefusalKind } from "./failure.ts";
import type { RpcDoor } from "./rpc.ts";

/**
 * Who may call. `user`: by HTTP with a bearer token, by gRPC also without one from this machine; 401 and UNAUTHENTICATED come
 * before the function is asked. `trusted`: by gRPC from this machine without a token only.
 */
export type Access = "anyone" | "user" | "trusted";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface ReplyDefinition {
  readonly description: string;
  readonly schema: z.ZodType;
  /** Media type; JSON when absent. */
  readonly type?: string;
}

/** The schema of a reply that is a stream of bytes, sent as it is; `content-type` is among the reply's headers. */
export const Bytes = z
  .custom<ReadableStream<Uint8Array>>((value) => value instanceof ReadableStream)
  .meta({ override: { type: "string", format: "binary" } });

/** A body that is not read before the handler runs: a form with one file. */
export interface UploadDefinition {
  /** Bytes of the body. */
  readonly limit: number;
  /** Of the form. */
  readonly schema: z.ZodObject;
}

export type Replies = Readonly<Record<number, ReplyDefinition>>;

/** What was sent, validated. What the definition has no schema for is undefined. */
export interface Input<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

export interface Context<Params, Query, Body> {
  readonly input: Input<Params, Query, Body>;
  /** Known in a function that says who may call; else `anyone`. */
  readonly caller: Caller;
  /** The client's IP address. */
  readonly address: string;
  /** Every call counts against the request's deadline and carries its idempotency key and trace. */
  readonly core: Core;
  /** For a stream that outlives the request's deadline: each call has so many milliseconds of its own, and no idempotency key. */
  patient(timeout: number): Core;
  /** Passwords and tokens. */
  readonly credentials: Omit<CredentialChannel, "seal">;
  /** Bytes on the nodes. */
  readonly blobs: Omit<BlobChannel, "upload">;
  /** Lays the file that was sent ready on nodes, for a transaction to store. The core's time begins when it is there. */
  upload(nodes: readonly number[]): Promise<UploadReply>;
  /** The node that led when the core last answered this request; null when none is known. */
  leader(): number | null;
  /** `Prefer: return=minimal` (RFC 7240): the status and the message are enough. */
  readonly minimal: boolean;
  /** The request has an idempotency key: what the answer needs must be in the command's stored result. */
  readonly keyed: boolean;
  /** `Last-Event-ID`, as it came: where an event stream that is opened again goes on. */
  readonly lastEventId: string | undefined;
}

/** The replies a handler may give: a body that fits the schema of its status. */
export type Reply<R extends Replies> = {
  [Status in keyof R & number]: {
    readonly status: Status;
    readonly body: z.input<R[Status]["schema"]>;
    /** In lower case; beside content-type. */
    readonly headers?: Readonly<Record<string, string>>;
  };
}[keyof R & number];

/** `reply(200, body)`: the types keep which status the body belongs to. */
export function reply<Status extends number, Body>(
  status: Status,
  body: Body,
): { readonly status: Status; readonly body: Body } {
  return { status, body };
}

type Output<S extends z.ZodType | undefined> = S extends z.ZodType ? z.output<S> : undefined;

export interface FunctionDefinition<
  P extends z.ZodObject | undefined = z.ZodObject | undefined,
  Q extends z.ZodObject | undefined = z.ZodObject | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  R extends Replies = Replies,
  F extends RefusalKind = RefusalKind,
> {
  /** Unique. In logs, metrics and the OpenAPI document. */
  readonly name: string;
  readonly method: Method;
  /** Hono patterns: `/rooms/:room/queue`. Empty for a function that has gRPC methods only. */
  readonly paths: readonly string[];
  readonly summary: string;
  readonly description?: string;
  /** `anyone` when absent. */
  readonly access?: Access;
  /** `?token=` is taken as well as the header: for event streams, which browsers open without headers. */
  readonly tokenInQuery?: boolean;
  /** The input holds a secret: what the log keeps of it under an idempotency key tells nothing without the host's key. */
  readonly confidential?: boolean;
  /** Of the path. A parameter that not every path has needs a default. */
  readonly params?: P;
  readonly query?: Q;
  /** JSON. */
  readonly body?: B;
  /** Instead of `body`. */
  readonly upload?: UploadDefinition;
  readonly replies: R;
  /** The refusals it may give, with the condition of each. */
  readonly refusals?: Readonly<Record<F, string>>;
  /** Its gRPC methods. */
  readonly rpcs?: readonly RpcDoor<Reply<R>["body"]>[];
  // A method, hence bivariant: any definition is assignable to `FunctionDefinition`.
  handle(context: Context<Output<P>, Output<Q>, Output<B>>): Promise<Reply<R> | Refusal<F>>;
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** @throws {Error} when the definition contradicts itself. */
export function defineFunction<
  R extends Replies,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  F extends RefusalKind = never,
>(definition: FunctionDefinition<P, Q, B, R, F>): FunctionDefinition<P, Q, B, R, F> {
  const { name, method, paths, body, upload, access, tokenInQuery, replies } = definition;
  if (!NAME.test(name)) throw new Error(`function name ${JSON.stringify(name)}: lower case letters, digits and _ only`);
  if (method === "GET" && (body ?? upload) !== undefined) throw new Error(`function ${name}: a GET has no body`);
  if (body !== undefined && upload !== undefined) throw new Error(`function ${name}: a body is JSON or an upload`);
  if (access === "trusted" && paths.length > 0) throw new Error(`function ${name}: nobody is trusted by HTTP`);
  if (tokenInQuery && (access !== "user" || method !== "GET"))
    throw new Error(`function ${name}: only a GET for users takes its token from the query`);
  if (Object.values<ReplyDefinition>(replies).some(({ schema, type }) => schema === Bytes && type === undefined))
    throw new Error(`function ${name}: a reply in bytes has a type`);
  for (const path of paths) {
    if (!path.startsWith("/"))
      throw new Error(`function ${name}: path ${JSON.stringify(path)} must begin with a slash`);
  }
  return definition;
}

/** Whether it answers with server-sent events: a stream that has no end of its own. */
export function streamsEvents({ replies }: Pick<FunctionDefinition, "replies">): boolean {
  return Object.values(replies).some(({ type }) => type === "text/event-stream");
}

/** Whether what it takes and answers is text: neither an upload nor bytes. */
export function carriesText({ upload, replies }: Pick<FunctionDefinition, "upload" | "replies">): boolean {
  return upload === undefined && Object.values(replies).every(({ type }) => type === undefined);
}

/** Whether a module's default export is a function. */
export function isFunctionDefinition(value: unknown): value is FunctionDefinition {
  if (typeof value !== "object" || value === null) return false;
  const candidate: Partial<Record<keyof FunctionDefinition, unknown>> = value;
  return (
    typeof candidate.name === "string" &&
    typeof candidate.method === "string" &&
    Array.isArray(candidate.paths) &&
    typeof candidate.replies === "object" &&
    typeof candidate.handle === "function"
  );
}
