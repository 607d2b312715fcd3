/** Plain requests to functions that carry text: the same functions, records and refusals as in routes.ts, by a shorter way. */
import type { Socket } from "node:net";
import { TrieRouter } from "hono/router/trie-router";
import { getQueryParam } from "hono/utils/url";
import { LRUCache } from "lru-cache";
import { carriesText, type FunctionDefinition } from "../../functions/define-function.ts";
import { defect } from "../../functions/failure.ts";
import { headerOf, httpCall } from "../../functions/http-door.ts";
import { type Answer, failureAnswer, isText, type TextAnswer } from "../../functions/http-status.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { anyPeer, userPeer } from "./http-peer.ts";
import { faultOf } from "./plain-answer.ts";
import type { Plain } from "./plain-request.ts";
import { begin, finish, type Recorder } from "./request-record.ts";
import { OWN_PATHS } from "./routes.ts";
import { inRoutingOrder } from "./routing-order.ts";

/** Paths whose function is remembered, per method: those of the rooms that are busy now. */
const MAX_REMEMBERED = 1000;
/** Characters of one: a room's, with room to spare. */
const MAX_REMEMBERED_PATH = 160;

interface Route {
  readonly definition: FunctionDefinition;
  readonly params: Readonly<Record<string, string>>;
}

export class PlainRoutes {
  readonly #runtime: Runtime;
  readonly #recorder: Recorder;
  /** Undefined where the gateway itself answers. */
  readonly #router = new TrieRouter<FunctionDefinition | undefined>();
  /** By method and path. */
  readonly #remembered = new Map<string, LRUCache<string, Route>>();

  constructor(runtime: Runtime, recorder: Recorder) {
    this.#runtime = runtime;
    this.#recorder = recorder;
    for (const path of OWN_PATHS) this.#router.add("GET", path, undefined);
    for (const { path, definition } of inRoutingOrder(runtime.functions))
      this.#router.add(definition.method, path, definition);
    for (const { definition } of runtime.functions)
      this.#remembered.set(definition.method, new LRUCache({ max: MAX_REMEMBERED }));
  }

  /** @returns undefined for what no function answers with text: nothing was done */
  serve(request: Plain, socket: Socket): Promise<TextAnswer> | undefined {
    const { method, target } = request;
    const queryAt = target.indexOf("?");
    const path = queryAt < 0 ? target : target.slice(0, queryAt);
    const route = this.#find(method, path);
    return route && this.#answer(route, request, path, socket);
  }

  #find(method: string, path: string): Route | undefined {
    const remembered = this.#remembered.get(method);
    const known = remembered?.get(path);
    if (known !== undefined || path.length > MAX_REMEMBERED_PATH) return known ?? this.#match(method, path);
    // A copy: a part of a text keeps all of the text, which is the whole head of the request.
    const own = Buffer.from(path, "latin1").toString("latin1");
    const route = this.#match(method, own);
    if (route !== undefined) remembered?.set(own, route);
    return route;
  }

  #match(method: string, path: string): Route | undefined {
    const [first] = this.#router.match(method, path)[0];
    if (first === undefined) return undefined;
    const [definition, params] = first;
    return definition && carriesText(definition) ? { definition, params: paramsOf(params) } : undefined;
  }

  async #answer({ definition, params }: Route, request: Plain, path: string, socket: Socket): Promise<TextAnswer> {
    const { method, headers } = request;
    const begun = begin(headers);
    const answer = await this.#ask(definition, params, request, socket).then(sendable).catch(asAnswer);
    finish(this.#recorder, begun, { method, path, name: definition.name }, answer);
    return answer;
  }

  async #ask(definition: FunctionDefinition, params: Route["params"], request: Plain, socket: Socket): Promise<Answer> {
    const { name, access = "anyone", query } = definition;
    const { headers, body } = request;
    let peer = anyPeer(socket);
    if (access !== "anyone") {
      const token = () => queryOf(request).token;
      const checked = await userPeer({ headers, socket }, token, definition, this.#runtime.credentials);
      if (!checked.ok) return failureAnswer(checked.failure);
      peer = checked.value;
    }
    return this.#runtime.text(name, httpCall(headerOf(headers), params, query && queryOf(request), body), peer);
  }
}

/** @throws {Error} when it is of no form that can be sent so */
function sendable(answer: Answer): TextAnswer {
  if (!isText(answer)) throw new Error("a reply that is a stream has a type in `replies`");
  const fault = faultOf(answer);
  if (fault !== undefined) throw new Error(fault);
  return answer;
}

/** What a function throws is the runtime's to catch; this is what the runtime throws, and what cannot be sent. */
function asAnswer(error: unknown): TextAnswer {
  return failureAnswer(defect(error));
}

/** As Hono has it: of a name that comes twice the first value. */
function queryOf({ host, target }: Plain): Readonly<Record<string, string>> {
  const query = getQueryParam(`http://${host}${target}`);
  return typeof query === "object" ? query : {};
}

/** A path that is read as a plain one has no escapes, and so its parameters have none. */
function paramsOf(found: Readonly<Record<string, string | number>>): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(found)) if (typeof value === "string") params[name] = value;
  return params;
}
