/** One client's way to the stack: one request at a time, on one connection, and nothing is ever sent twice. */
import { Agent, type ClientRequest, request } from "node:http";

/** Longer than the gateway waits for anything. */
const PATIENCE_MS = 20_000;

export type HttpAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly body: unknown }
  /** Nobody listened: nothing was sent. */
  | { readonly kind: "refused" }
  /** Sent, perhaps, and no answer: what became of it is not known. */
  | { readonly kind: "lost" };

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly bytes?: Buffer;
}

export class HttpClient {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #asked: ClientRequest | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  send({ method, path, headers = {}, json, bytes }: HttpRequest): Promise<HttpAnswer> {
    const body = json === undefined ? bytes : Buffer.from(JSON.stringify(json));
    return new Promise((resolve) => {
      const asked = request(
        {
          host: "127.0.0.1",
          port: this.#port,
          agent: this.#agent,
          method,
          path,
          headers: {
            ...(json !== undefined && { "content-type": "application/json" }),
            ...(body !== undefined && { "content-length": body.length }),
            ...headers,
          },
          timeout: PATIENCE_MS,
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("error", () => resolve({ kind: "lost" }));
          response.on("end", () => {
            if (!response.complete) return resolve({ kind: "lost" });
            resolve({ kind: "answered", status: response.statusCode ?? 0, body: parse(Buffer.concat(parts)) });
          });
        },
      );
      this.#asked = asked;
      asked.on("timeout", () => asked.destroy());
      asked.on("error", (error) => {
        const refused = "code" in error && error.code === "ECONNREFUSED";
        resolve({ kind: refused ? "refused" : "lost" });
      });
      asked.end(body);
    });
  }

  /** What is under way is lost. */
  close(): void {
    this.#asked?.destroy();
    this.#agent.destroy();
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
