/** Functions in the gateway's own process: the fastest way, and no wall between them. */
import { type CredentialChannel, noCredentials } from "../../consensus-nodes/client/credential-channel.ts";
import { answerHttp, answerHttpCall, type HttpCall } from "../../functions/http-door.ts";
import type { Answer } from "../../functions/http-status.ts";
import type { Bindings, Peer } from "../../functions/invoke.ts";
import { answerRpc, type RpcAnswer, type RpcCall } from "../../functions/rpc-door.ts";
import { type CatalogOptions, FunctionCatalog } from "./function-catalog.ts";
import type { FunctionFile } from "./function-files.ts";
import type { HttpContext, ReloadReport, Runtime } from "./runtime.ts";

export interface NodeRuntimeOptions extends CatalogOptions, Bindings {}

/** @throws {Error} when a function cannot be loaded */
export async function createNodeRuntime(options: NodeRuntimeOptions): Promise<Runtime> {
  return new NodeRuntime(options, await FunctionCatalog.load(options));
}

class NodeRuntime implements Runtime {
  readonly kind = "node";
  readonly #bindings: Bindings;
  readonly #catalog: FunctionCatalog;

  constructor(bindings: Bindings, catalog: FunctionCatalog) {
    this.#bindings = bindings;
    this.#catalog = catalog;
  }

  get credentials(): CredentialChannel {
    return this.#bindings.credentials ?? noCredentials;
  }

  get functions(): readonly FunctionFile[] {
    return this.#catalog.functions;
  }

  http(name: string, c: HttpContext, peer: Peer): Promise<Answer> {
    return answerHttp(this.#catalog.get(name).definition, c, peer, this.#bindings);
  }

  text(name: string, call: HttpCall, peer: Peer): Promise<Answer> {
    return answerHttpCall(this.#catalog.get(name).definition, call, peer, this.#bindings);
  }

  rpc(name: string, call: RpcCall): Promise<RpcAnswer> {
    return answerRpc(this.#catalog.get(name).definition, call, this.#bindings);
  }

  reload(): Promise<ReloadReport> {
    return this.#catalog.refresh();
  }

  close(): Promise<void> {
    return this.#catalog.close();
  }
}
