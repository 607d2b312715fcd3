/**
 * The process that keeps workerd: `node workerd-host.ts '{"socket": "…"}'`. Prints `{"url": …}` when isolates can be called, then
 * a line per log entry, `{"level", "message"}`. Leads a process group of its own and ends it when its standard input closes. When
 * nothing was said there before, nobody is left who would remove the socket's folder: then it goes, too.
 */

import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import * as z from "zod";
import { COMPATIBILITY_DATE } from "./isolate-protocol.ts";

/** Milliseconds for Miniflare to clear up after itself. */
const DISPOSE_DEADLINE_MS = 1000;

const { socket } = z.object({ socket: z.string() }).parse(JSON.parse(process.argv[2] ?? "null"));

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const dispatcher = await build({
  entryPoints: [fileURLToPath(new URL("dispatcher.ts", import.meta.url))],
  bundle: true,
  write: false,
  format: "esm",
});

const miniflare = new Miniflare({
  // Else it asks the internet for a description of the connection.
  cf: false,
  logRequests: false,
  handleStructuredLogs: ({ level, message }: { level: string; message: string }) => say({ level, message }),
  workers: [
    {
      name: "dispatcher",
      modules: true,
      script: dispatcher.outputFiles[0]?.text ?? "",
      compatibilityDate: COMPATIBILITY_DATE,
      // Between two processes of one machine it costs more than it saves.
      compatibilityFlags: ["no_web_socket_compression"],
      workerLoaders: { LOADER: {} },
      serviceBindings: { HOST: { external: { address: `unix:${socket}`, http: {} } } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    },
  ],
});

let asked = false;
const end = () => {
  const group = () => {
    try {
      if (!asked) rmSync(dirname(socket), { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    } finally {
      process.kill(-process.pid, "SIGKILL");
    }
  };
  setTimeout(group, DISPOSE_DEADLINE_MS);
  miniflare.dispose().then(group, group);
};
process.stdin.on("data", () => {
  asked = true;
});
process.stdin.on("close", end);

say({ url: String(await miniflare.unsafeGetDirectURL("dispatcher")) });
