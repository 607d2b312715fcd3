/** Functions in isolates: each version of each in one of its own, in a process beside the gateway's. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import type { Logger } from "pino";
import type { Dispatcher } from "undici";
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import { type CredentialChannel, noCredentials } from "../../consensus-nodes/client/credential-channel.ts";
import { carriesText, streamsEvents } from "../../functions/define-function.ts";
import { runtimeLost } from "../../functions/failure.ts";
import { grpcStatus } from "../../functions/grpc-status.ts";
import { type HttpCall, headerOf, heardOf } from "../../functions/http-door.ts";
import { type Answer, failureAnswer } from "../../functions/http-status.ts";
import type { Bindings, Peer } from "../../functions/invoke.ts";
import type { RpcAnswer, RpcCall } from "../../functions/rpc-door.ts";
import { WatchedBody } from "../../functions/watched-body.ts";
import { type CatalogOptions, FunctionCatalog } from "./function-catalog.ts";
import type { FunctionFile } from "./function-files.ts";
import { type HostSocket, openHostSocket } from "./host-socket.ts";
import { IsolateBundles } from "./isolate-bundles.ts";
import { DOOR, FUNCTION, PEER } from "./isolate-protocol.ts";
import type { HttpContext, ReloadReport, Runtime } from "./runtime.ts";
import { WorkerdKeeper } from "./workerd-keeper.ts";
import type { WorkerdProcess } from "./workerd-process.ts";

export interface WorkerdRuntimeOptions extends CatalogOptions, Bindings {
  /** Functions' own log lines go here too. */
  readonly log: Logger;
}

/** @throws {Error} when workerd does not start, or a function cannot be loaded */
export async function createWorkerdRuntime(options: WorkerdRuntimeOptions): Promise<Runtime> {
  const bundles = new IsolateBundles();
  const codes = new Map<string, string>();
  const versions = new Map<string, string>();
  const socket = await openHostSocket(options, codes);
  const prepare = async (process: WorkerdProcess) => {
    for (const id of versions.values()) await warm(process, id);
  };
  // Functions are bundled while it starts.
  const starting = WorkerdKeeper.start({ socket: socket.path, log: options.log, prepare });
  const isolates = new Isolates(starting, bundles, codes, versions);
  try {
    const loading = FunctionCatalog.load({ ...options, admit: (file) => isolates.admit(file) });
    const [keeper, catalog] = await Promise.all([starting, loading]);
    // For the next start; where they cannot be kept, it makes them again.
    if (options.folder === undefined && options.reloadable !== true) void bundles.keep().catch(() => {});
    return new WorkerdRuntime(options, catalog, isolates, keeper, socket);
  } catch (error) {
    await starting.then(
      (keeper) => keeper.close(),
      () => {},
    );
    await socket.close();
    throw error;
  }
}

/** Loads a version before anybody needs it. One at a time: all at once would keep the watchdog's question waiting. @throws {Error} when it fails in the isolate */
async function warm(process: WorkerdProcess, id: string): Promise<void> {
  const response = await process.pool.request({
    path: "/",
    method: "GET",
    headers: { [FUNCTION]: id, [DOOR]: "warm" },
  });
  const text = await response.body.text();
  if (response.statusCode !== 204) throw new Error(`the isolate refused it: ${text.split("\n")[0] ?? ""}`);
}

/** Which version of each function is current. */
class Isolates {
  readonly #keeper: Promise<WorkerdKeeper>;
  readonly #bundles: IsolateBundles;
  /** By version. What is loaded needs it no more; a new process asks for it. */
  readonly #codes: Map<string, string>;
  /** By file. */
  readonly #versions: Map<string, string>;
  /** The last of those that are loaded one after the other; it never fails. */
  #loading: Promise<void> = Promise.resolve();

  constructor(
    keeper: Promise<WorkerdKeeper>,
    bundles: IsolateBundles,
    codes: Map<string, string>,
    versions: Map<string, string>,
  ) {
    this.#keeper = keeper;
    this.#bundles = bundles;
    this.#codes = codes;
    this.#versions = versions;
  }

  /** Makes it the current version once it is loaded. */
  async admit({ file, definition }: FunctionFile): Promise<void> {
    const code = await this.#bundles.of(file);
    const id = `${definition.name}@${createHash("sha256").update(code).digest("hex").slice(0, 16)}`;
    const before = this.#versions.get(file);
    if (id === before) return;
    this.#codes.set(id, code);
    const keeper = await this.#keeper;
    try {
      await this.#inTurn(async () => warm(await keeper.process(), id));
    } catch (error) {
      this.#codes.delete(id);
      throw error;
    }
    this.#versions.set(file, id);
    if (before !== undefined) this.#codes.delete(before);
    await keeper.loaded();
  }

  #inTurn(load: () => Promise<void>): Promise<void> {
    const loaded = this.#loading.then(load);
    this.#loading = loaded.catch(() => {});
    return loaded;
  }

  current({ file }: FunctionFile): string {
    const id = this.#versions.get(file);
    if (id === undefined) throw new Error(`${file} was never loaded`);
    return id;
  }
}

/** Milliseconds until the answer to an upload: its bytes are decoded, and go to several nodes. */
const UPLOAD_TIMEOUT_MS = 35_000;

type Request = Pick<Dispatcher.RequestOptions, "path" | "method" | "headersTimeout"> & {
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array | Readable;
};

class WorkerdRuntime implements Runtime {
  readonly kind = "workerd";
  readonly credentials: CredentialChannel;
  readonly #channel: CoreChannel;
  readonly #catalog: FunctionCatalog;
  readonly #isolates: Isolates;
  readonly #keeper: WorkerdKeeper;
  readonly #socket: HostSocket;

  constructor(
    { channel, credentials = noCredentials }: Bindings,
    catalog: FunctionCatalog,
    isolates: Isolates,
    keeper: WorkerdKeeper,
    socket: HostSocket,
  ) {
    this.credentials = credentials;
    this.#channel = channel;
    this.#catalog = catalog;
    this.#isolates = isolates;
    this.#keeper = keeper;
    this.#socket = socket;
  }

  get functions(): readonly FunctionFile[] {
    return this.#catalog.functions;
  }

  async http(name: string, c: HttpContext, peer: Peer): Promise<Answer> {
    const served = this.#catalog.get(name);
    if (!carriesText(served.definition)) return this.#bytes(served, c, peer);
    const header = headerOf(c.env.incoming.headers);
    const text = served.definition.method === "GET" ? undefined : await c.req.text();
    const [params, query, requestId] = [c.req.param(), c.req.query(), header("x-request-id")];
    return this.text(name, { ...heardOf(header), params, query, text, requestId }, peer);
  }

  async text(name: string, call: HttpCall, peer: Peer): Promise<Answer> {
    const served = this.#catalog.get(name);
    const { method } = served.definition;
    const version = this.#isolates.current(served);
    try {
      return await this.#ask(
        (process) => process.sessions.use(version, this.#channel, (session) => session.http(call, peer)),
        method === "GET",
      );
    } catch (error) {
      return failureAnswer(runtimeLost(error));
    }
  }

  async rpc(name: string, call: RpcCall): Promise<RpcAnswer> {
    const version = this.#isolates.current(this.#catalog.get(name));
    try {
      return await this.#ask(
        (process) => process.sessions.use(version, this.#channel, (session) => session.rpc(call)),
        false,
      );
    } catch (error) {
      return { ok: false, status: grpcStatus(runtimeLost(error)), defect: error };
    }
  }

  reload(): Promise<ReloadReport> {
    return this.#catalog.refresh();
  }

  async close(): Promise<void> {
    await this.#keeper.close();
    await Promise.all([this.#socket.close(), this.#catalog.close()]);
  }

  /** A request or an answer that is a stream: an exchange of its own. */
  async #bytes(served: FunctionFile, c: HttpContext, peer: Peer): Promise<Answer> {
    const { method, upload } = served.definition;
    const headers = {
      ...endToEnd(c.env.incoming.headers),
      [FUNCTION]: this.#isolates.current(served),
      [DOOR]: "http",
      [PEER]: encodeURIComponent(JSON.stringify(peer)),
    };
    const { url } = c.req;
    const path = url.slice(url.indexOf("/", url.indexOf("//") + 2));
    const sent = upload === undefined || c.req.raw.body === null ? undefined : new WatchedBody(c.req.raw.body);
    const request = sent
      ? { path, method, headers, body: Readable.fromWeb(sent.stream), headersTimeout: UPLOAD_TIMEOUT_MS }
      : await wholeRequest(path, method, headers, c);
    const pool = streamsEvents(served.definition) ? "streams" : "pool";
    try {
      return await answerOf(await this.#ask((process) => process[pool].request(request), method === "GET"));
    } catch (error) {
      if (sent?.broken !== undefined) throw sent.broken.error;
      return failureAnswer(runtimeLost(error));
    }
  }

  /** Reads are asked again when the process ends under them, unless they may be what made it hang. */
  async #ask<Reply>(ask: (process: WorkerdProcess) => Promise<Reply>, reads: boolean): Promise<Reply> {
    const process = await this.#keeper.process();
    try {
      return await ask(process);
    } catch (error) {
      await this.#keeper.check();
      if (!reads || this.#keeper.hung(process)) throw error;
      return ask(await this.#keeper.process());
    }
  }
}

/** Of one connection, not of the request. */
const HOP_BY_HOP = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "date",
  // Of who sends it the isolate is told by the host.
  "authorization",
]);

function endToEnd(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const header in headers) {
    const value = headers[header];
    if (value !== undefined && !HOP_BY_HOP.has(header))
      kept[header] = typeof value === "string" ? value : value.join(", ");
  }
  return kept;
}

async function wholeRequest(
  path: string,
  method: Request["method"],
  headers: Record<string, string>,
  c: HttpContext,
): Promise<Request> {
  if (method === "GET") return { path, method, headers };
  return { path, method, headers, body: new Uint8Array(await c.req.arrayBuffer()) };
}

async function answerOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const { "content-length": length, ...kept } = headers;
  const answer = { status: statusCode, headers: endToEnd(kept) };
  if (String(kept["content-type"]).startsWith("application/json")) return { ...answer, body: await body.text() };
  // Bytes: as many as they are, and not held here.
  if (length !== undefined) answer.headers["content-length"] = String(length);
  return { ...answer, body: streamOf(body) };
}

/** Cancelled at once, also while it waits for more: the isolate then hears that nobody listens. */
function streamOf(body: Readable): ReadableStream<Uint8Array> {
  // Whoever reads learns of it.
  body.on("error", () => {});
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void body.destroy(),
  });
}
