/** Where functions run. A function cannot tell which runtime it is in, and neither can whoever calls it. */
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import type { HttpCall } from "../../functions/http-door.ts";
import type { Answer } from "../../functions/http-status.ts";
import type { Peer } from "../../functions/invoke.ts";
import type { RpcAnswer, RpcCall } from "../../functions/rpc-door.ts";
import type { FunctionFile } from "./function-files.ts";

/** What @hono/node-server hands over beside the request. */
export interface HttpEnvironment {
  Bindings: HttpBindings;
}
export type HttpContext = Context<HttpEnvironment>;

/** Event streams at once. Each holds a connection of its own, and asks the core now and then. */
export const MAX_EVENT_STREAMS = 1000;

export interface Runtime {
  readonly kind: "node" | "workerd";
  /** What its functions reach; the doors before it ask the same whom a token belongs to. */
  readonly credentials: CredentialChannel;
  /** What is served now; another list after each reload that changed something. */
  readonly functions: readonly FunctionFile[];
  /**
   * Answers a request that Hono has routed to the function.
   * @throws what reading the request's body throws
   */
  http(name: string, c: HttpContext, peer: Peer): Promise<Answer>;
  /** As `http`, of a function that carries text, when all of the request is there. */
  text(name: string, call: HttpCall, peer: Peer): Promise<Answer>;
  /** Answers a message that the ingress has decoded. */
  rpc(name: string, call: RpcCall): Promise<RpcAnswer>;
  /** Takes over functions that were changed, added or removed on disk. Requests that run end in the version they began in. */
  reload(): Promise<ReloadReport>;
  close(): Promise<void>;
}

export interface ReloadReport {
  /** Names of functions that are new, changed or gone. */
  readonly changed: readonly string[];
  /** Files whose last good version goes on serving. */
  readonly failed: readonly { readonly file: string; readonly reason: string }[];
}
