/** A bare Hono echo: what the machine and the HTTP server give when nothing is stored. */
import { fileURLToPath } from "node:url";
import { Child, makeFolder, removeFolder } from "../child-processes.ts";
import { addTrackProtocol } from "./add-track-protocol.ts";
import type { Target } from "./target.ts";

const server = fileURLToPath(new URL("echo-server.ts", import.meta.url));

export const echo: Target = {
  kind: "echo",
  name: "Hono echo",
  nodes: null,
  missing: () => undefined,
  async start(parent) {
    const folder = await makeFolder(parent);
    const child = new Child(process.execPath, [server], folder);
    await child.ready(async () => child.output().endsWith("\n"));
    const port = Number.parseInt(child.output(), 10);
    return {
      load: async () => ({ port, protocol: addTrackProtocol(port) }),
      async end() {
        await child.end("SIGKILL");
        await removeFolder(folder);
      },
    };
  },
};
