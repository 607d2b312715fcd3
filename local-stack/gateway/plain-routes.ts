/** Plain requests to functions that carry text: the same functions, records and refusals as in routes.ts, by a shorter way. */
import type { Socket } from "node:net";
import { TrieRouter } from "hono/router/trie-router";
import { getQueryParam } from "hono/utils/url";
import { LRUCache } from "lru-cache";
import { carriesText, type FunctionDefinition } from "../../functions/define-function.ts";
import { defect } from "../../functions/failure.ts";
import { type Answer, failureAnswer, isText, type TextAnswer } from "../../functions/http-status.ts";
import type { Peer } from "../../functions/invoke.ts";
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

  async #answer(route: Route, request: Plain, path: string, socket: Socket): Promise<TextAnswer> {
    const { method, headers } = request;
    const { name, access = "anyone" } = route.definition;
    const begun = begin(headers.values);
    let answer: TextAnswer;
    try {
      const asked =
        access === "anyone"
          ? this.#ask(route, request, begun.id, anyPeer(socket))
          : this.#askForUser(route, request, begun.id, socket);
      answer = sendable(await asked);
    } catch (error) {
      // What a function throws is the runtime's to catch; this is what the runtime throws, and what cannot be sent.
      answer = failureAnswer(defect(error));
    }
    finish(this.#recorder, begun, { method, path, name }, answer);
    return answer;
  }

  async #askForUser(route: Route, request: Plain, requestId: string, socket: Socket): Promise<Answer> {
    const sent = { headers: request.headers.values, socket };
    const token = () => queryOf(request).token;
    const peer = await userPeer(sent, token, route.definition, this.#runtime.credentials);
    return peer.ok ? this.#ask(route, request, requestId, peer.value) : failureAnswer(peer.failure);
  }

  #ask({ definition, params }: Route, request: Plain, requestId: string, peer: Peer): Promise<Answer> {
    const { headers, body: text } = request;
    const query = definition.query && queryOf(request);
    return this.#runtime.text(definition.name, { ...headers.heard, params, query, text, requestId }, peer);
  }
}

/** @throws {Error} when it is of no form that can be sent so */
function sendable(answer: Answer): TextAnswer {
  if (!isText(answer)) throw new Error("a reply that is a stream has a type in `replies`");
  const fault = faultOf(answer);
  if (fault !== undefined) throw new Error(fault);
  return answer;
}

/** As Hono has it: of a name that comes twice the first value. */
function queryOf({ headers: { host }, target }: Plain): Readonly<Record<string, string>> {
  const query = getQueryParam(`http://${host}${target}`);
  return typeof query === "object" ? query : {};
}

/** A path that is read as a plain one has no escapes, and so its parameters have none. */
function paramsOf(found: Readonly<Record<string, string | number>>): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(found)) if (typeof value === "string") params[name] = value;
  return params;
}
