/** One Redis that syncs its append-only file before it answers: SET of the track under its id. */
import { connect } from "node:net";
import { freePorts } from "../../free-ports.ts";
import { Child, makeFolder, removeFolder } from "../child-processes.ts";
import { respProtocol } from "../load/resp-protocol.ts";
import { sampleTrack } from "../load/sample-track.ts";
import { missingProgram } from "./on-path.ts";
import type { Target } from "./target.ts";

export const redis: Target = {
  kind: "redis",
  name: "Redis",
  nodes: null,
  missing: () => missingProgram("redis-server", "redis-server"),
  async start(parent) {
    const folder = await makeFolder(parent);
    const port = await freePorts(1);
    const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
    const place = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder];
    const child = new Child("redis-server", [...place, ...durable], folder);
    await child.ready(() => accepts(port));
    const protocol = respProtocol((sequence) => {
      const { id, json } = sampleTrack(sequence);
      return ["SET", id, json];
    });
    return {
      load: async () => ({ port, protocol }),
      async end() {
        await child.end("SIGKILL");
        await removeFolder(folder);
      },
    };
  },
};

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
