/** A call of a function that no isolate holds yet: `workerd` fetches its code, makes the isolate, runs the module, and calls it. */
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { pino } from "pino";
import type { Peer } from "../../../functions/invoke.ts";
import { IsolateBundles } from "../../../local-stack/runtimes/isolate-bundles.ts";
import { DOOR, FUNCTION, PEER } from "../../../local-stack/runtimes/isolate-protocol.ts";
import { startWorkerd, type WorkerdProcess } from "../../../local-stack/runtimes/workerd-process.ts";
import { makeFunctionFolder, source } from "../../functions/function-folder.ts";
import type { FirstCall } from "./cold-start.ts";
import { timedCalls } from "./timed-calls.ts";

/** As the host names whoever calls. */
const anyone: Peer = { caller: { kind: "anyone" }, address: "127.0.0.1" };

/** @throws {Error} when workerd does not come up, or the function fails in it */
export async function loadedByCall(times: number): Promise<readonly FirstCall[]> {
  const folder = await makeFunctionFolder();
  try {
    await folder.write("bench/hello.ts", source("hello", 'return reply(200, { says: "hello" });'));
    const code = await new IsolateBundles().of(join(folder.path, "bench/hello.ts"));
    // All that this function asks of its host.
    const host = createServer((_, response) =>
      response.writeHead(200, { "content-type": "text/javascript" }).end(code),
    );
    const socket = join(folder.path, "host.sock");
    host.listen(socket);
    await once(host, "listening");
    try {
      const workerd = await startWorkerd(socket, pino({ level: "silent" }));
      try {
        const calls: FirstCall[] = [];
        // Each version has an isolate of its own.
        for (let version = 0; version < times; version++) {
          calls.push(await timedCalls(() => call(workerd, `hello@${version}`)));
        }
        return calls;
      } finally {
        await workerd.stop();
      }
    } finally {
      host.closeAllConnections();
      host.close();
    }
  } finally {
    await folder.close();
  }
}

async function call({ pool }: WorkerdProcess, version: string): Promise<void> {
  const peer = encodeURIComponent(JSON.stringify(anyone));
  const headers = { [FUNCTION]: version, [DOOR]: "http", [PEER]: peer };
  const response = await pool.request({ path: "/hello", method: "GET", headers });
  const text = await response.body.text();
  if (response.statusCode !== 200) throw new Error(`the isolate answers ${response.statusCode}: ${text}`);
}
