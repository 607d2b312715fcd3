/**
 * A plain request as Hono takes it. A `Request` of the platform's own costs more than all else that is done for a small one; this has
 * what is asked of it on the way to a function, and whatever else a `Request` has throws.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Plain } from "./plain-request.ts";

// As it is before @hono/node-server puts its own in its place.
const PlatformRequest = Request;

class LightRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: LightHeaders;
  readonly #body: string;

  constructor({ method, host, target, headers, body }: Plain) {
    this.method = method;
    this.url = `http://${host}${target}`;
    this.headers = new LightHeaders(headers);
    this.#body = body;
  }

  async text(): Promise<string> {
    return this.#body;
  }
}
Object.setPrototypeOf(LightRequest.prototype, PlatformRequest.prototype);

class LightHeaders {
  readonly #headers: IncomingHttpHeaders;

  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name] ?? this.#headers[name.toLowerCase()];
    return value === undefined ? null : String(value);
  }
}

export function lightRequest(plain: Plain): Request {
  const request = new LightRequest(plain);
  if (!(request instanceof PlatformRequest)) throw new Error("expected an heir of Request");
  return request;
}
