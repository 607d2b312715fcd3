import { type Server, ServerCredentials } from "@grpc/grpc-js";

/** The port cannot be had. */
export class PortInUse extends Error {
  constructor(host: string, port: number, reason: string) {
    super(`cannot listen on ${host}:${port}: ${reason}`);
    this.name = "PortInUse";
  }
}

/** @throws {PortInUse} */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(new PortInUse(host, port, error.message));
    });
  });
}
