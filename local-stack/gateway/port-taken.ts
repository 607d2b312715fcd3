/** Someone else listens where the stack wanted to. */
import type { ListenOptions, Server } from "node:net";

export class PortTaken extends Error {
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} is in use`);
    this.name = "PortTaken";
    this.port = port;
  }
}

/**
 * @returns the port it listens on: the one asked for, or a free one for 0.
 * @throws {PortTaken}
 */
export function listen(server: Server, { host, port = 0 }: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(error.code === "EADDRINUSE" ? new PortTaken(port) : error);
    server.once("error", failed);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", failed);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
