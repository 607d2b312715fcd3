/** An HTTP server that no client can hold up for long, and that ends cleanly. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Serve } from "./plain-connection.ts";
import { PlainConnections } from "./plain-connections.ts";
import { listen } from "./port-taken.ts";

/** Milliseconds from a request's first byte to the end of its head. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Milliseconds from a request's first byte to the end of its body. */
const REQUEST_TIMEOUT_MS = 30_000;
const CHECKING_INTERVAL_MS = 5_000;
/** Milliseconds that an idle connection is kept: longer than the pauses of most clients. */
const KEEP_ALIVE_MS = 30_000;
/** More than any laptop's clients open; below the usual limit of open files. */
const MAX_CONNECTIONS = 4096;
/** Milliseconds for what runs when the server is closed. */
const CLOSE_DEADLINE_MS = 2_000;
const IDLE_CHECK_MS = 20;

export interface HttpServer {
  readonly port: number;
  /** Stops accepting, lets requests finish for two seconds, then cuts them off. */
  close(): Promise<void>;
}

type Fetch = Parameters<typeof getRequestListener>[0];

/** @throws {PortTaken} */
export async function startHttpServer(options: {
  readonly host: string;
  readonly port: number;
  /** Answers plain requests, as far as it will. */
  readonly serve: Serve;
  /** Answers all others. */
  readonly fetch: Fetch;
}): Promise<HttpServer> {
  const listener = getRequestListener(options.fetch, { hostname: options.host, errorHandler: badRequest });
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECKING_INTERVAL_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    (incoming, outgoing) => (namesTwoHosts(incoming) ? refuseTwoHosts(outgoing) : listener(incoming, outgoing)),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const plain = new PlainConnections({ server, keepAlive: KEEP_ALIVE_MS, serve: options.serve });
  server.on("clientError", answerClientError);
  const port = await listen(server, options);
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    plain.end();
    // A kept-alive connection is idle, and may be closed, as soon as its request has ended.
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const cut = setTimeout(() => {
      plain.cut();
      server.closeAllConnections();
    }, CLOSE_DEADLINE_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  };
  let closing: Promise<void> | undefined;
  return {
    port,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function namesTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts > 1;
}

function problem(error: string, detail: string): string {
  return JSON.stringify({ error, detail });
}

function refuseTwoHosts(outgoing: ServerResponse): void {
  const body = problem("the request names more than one Host", "RFC 9112, section 3.2");
  outgoing.writeHead(400, { "content-type": "application/json", connection: "close" }).end(body);
}

/** For what cannot be made into a request at all: a bad Host, a bad target. Its own handler caught every other error. */
function badRequest(error: unknown): Response {
  const body = problem("the request is malformed", error instanceof Error ? error.message : String(error));
  return new Response(body, { status: 400, headers: { "content-type": "application/json" } });
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERRORS[error.code ?? ""] ?? "400 Bad Request";
  const body = problem(status.slice(4).toLowerCase(), "the connection is closed");
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.end(`${head}\r\n\r\n${body}`);
}
