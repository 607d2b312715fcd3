/** Plain requests to functions that carry text: the same functions, records and refusals as in routes.ts, by a shorter way. */
import type { Socket } from "node:net";
import { TrieRouter } from "hono/router/trie-router";
import { getQueryParam } from "hono/utils/url";
import { carriesText, type FunctionDefinition } from "../../functions/define-function.ts";
import { defect } from "../../functions/failure.ts";
import { headerOf, httpCall } from "../../functions/http-door.ts";
import { type Answer, failureAnswer, isText, type TextAnswer } from "../../functions/http-status.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { anyPeer, userPeer } from "./http-peer.ts";
import type { Plain } from "./plain-request.ts";
import { begin, finish, type Recorder } from "./request-record.ts";
import { OWN_PATHS } from "./routes.ts";
import { inRoutingOrder } from "./routing-order.ts";

/** Paths whose function is remembered, per method: those of the rooms that are busy now. */
const MAX_REMEMBERED = 1000;

interface Route {
  readonly definition: FunctionDefinition;
  readonly params: Readonly<Record<string, string>>;
}

export class PlainRoutes {
  readonly #runtime: Runtime;
  readonly #recorder: Recorder;
  /** Undefined where the gateway itself answers. */
  readonly #router = new TrieRouter<FunctionDefinition | undefined>();
  /** By method and path; undefined for what is not served here. */
  readonly #remembered = new Map<string, Map<string, Route | undefined>>();

  constructor(runtime: Runtime, recorder: Recorder) {
    this.#runtime = runtime;
    this.#recorder = recorder;
    for (const path of OWN_PATHS) this.#router.add("GET", path, undefined);
    for (const { path, definition } of inRoutingOrder(runtime.functions))
      this.#router.add(definition.method, path, definition);
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
    let remembered = this.#remembered.get(method);
    if (remembered === undefined || remembered.size >= MAX_REMEMBERED) {
      remembered = new Map();
      this.#remembered.set(method, remembered);
    }
    const known = remembered.get(path);
    if (known !== undefined || remembered.has(path)) return known;
    const route = this.#match(method, path);
    remembered.set(path, route);
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
    const answer = await this.#ask(definition, params, request, socket).catch(asAnswer);
    finish(this.#recorder, begun, { method, path, name: definition.name }, answer);
    if (!isText(answer)) throw new Error(`${definition.name} answered with a stream`);
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

/** What a function throws is the runtime's to catch; this is what the runtime throws. */
function asAnswer(error: unknown): Answer {
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
