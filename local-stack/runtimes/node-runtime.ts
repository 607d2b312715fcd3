/** Functions in the gateway's own process: the fastest way, and no wall between them. */
import type { BlobChannel } from "../../consensus-nodes/client/blob-channel.ts";
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import { answerHttp } from "../../functions/http-door.ts";
import type { Answer } from "../../functions/http-status.ts";
import { answerRpc, type RpcAnswer, type RpcCall } from "../../functions/rpc-door.ts";
import { type CatalogOptions, FunctionCatalog } from "./function-catalog.ts";
import type { FunctionFile } from "./function-files.ts";
import type { HttpContext, ReloadReport, Runtime } from "./runtime.ts";

export interface NodeRuntimeOptions extends CatalogOptions {
  readonly channel: CoreChannel;
  /** None when absent. */
  readonly blobs?: BlobChannel;
}

/** @throws {Error} when a function cannot be loaded */
export async function createNodeRuntime(options: NodeRuntimeOptions): Promise<Runtime> {
  return new NodeRuntime(options, await FunctionCatalog.load(options));
}

class NodeRuntime implements Runtime {
  readonly kind = "node";
  readonly #options: NodeRuntimeOptions;
  readonly #catalog: FunctionCatalog;

  constructor(options: NodeRuntimeOptions, catalog: FunctionCatalog) {
    this.#options = options;
    this.#catalog = catalog;
  }

  get functions(): readonly FunctionFile[] {
    return this.#catalog.functions;
  }

  http(name: string, c: HttpContext): Promise<Answer> {
    return answerHttp(this.#catalog.get(name).definition, c, this.#options.channel, this.#options.blobs);
  }

  rpc(name: string, call: RpcCall): Promise<RpcAnswer> {
    return answerRpc(this.#catalog.get(name).definition, call, this.#options.channel, this.#options.blobs);
  }

  reload(): Promise<ReloadReport> {
    return this.#catalog.refresh();
  }

  close(): Promise<void> {
    return this.#catalog.close();
  }
}
