/** All connections of a server, from their first byte on: plain ones stay here, others go to `node:http`. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { PlainConnection, type Serve } from "./plain-connection.ts";

/** How often idle connections are looked for, as `connectionsCheckingInterval` of `node:http`. */
const CHECKING_INTERVAL_MS = 5_000;

export interface PlainConnectionsOptions {
  /** Takes what is not plain. Before it listens. */
  readonly server: Server;
  /** Milliseconds that an idle connection is kept. */
  readonly keepAlive: number;
  readonly serve: Serve;
}

export class PlainConnections {
  readonly #connections = new Set<PlainConnection>();
  readonly #check: NodeJS.Timeout;

  constructor({ server, keepAlive, serve }: PlainConnectionsOptions) {
    const takers = server.listeners("connection");
    server.removeAllListeners("connection");
    const handOver = (connection: PlainConnection) => {
      this.#connections.delete(connection);
      for (const take of takers) take.call(server, connection.socket);
    };
    server.on("connection", (socket: Socket) => {
      const connection = new PlainConnection(socket, { keepAlive, serve, handOver });
      this.#connections.add(connection);
      socket.once("close", () => this.#connections.delete(connection));
    });
    this.#check = setInterval(() => this.#endIdle(performance.now() - keepAlive), CHECKING_INTERVAL_MS);
    this.#check.unref();
    server.once("close", () => clearInterval(this.#check));
  }

  /** Each ends as soon as what is being answered over it has its answer; what is idle at once. */
  end(): void {
    for (const connection of this.#connections) connection.end();
    this.#endIdle(Number.POSITIVE_INFINITY);
  }

  cut(): void {
    for (const { socket } of this.#connections) socket.destroy();
  }

  /** Those that have been idle since then, or longer. */
  #endIdle(since: number): void {
    for (const connection of this.#connections) {
      if (connection.idle && connection.idleSince <= since) connection.socket.destroy();
    }
  }
}
