/** The inside of an isolate: one function, its doors, and the way out to the core. Runs in workerd, not in Node. */
import { Hono } from "hono";
import type { CoreChannel, CoreReply } from "../../consensus-nodes/client/core-channel.ts";
import type { FunctionDefinition } from "../../functions/define-function.ts";
import { answerHttp } from "../../functions/http-door.ts";
import type { Peer } from "../../functions/invoke.ts";
import { blobs } from "./isolate-blobs.ts";
import { credentials } from "./isolate-credentials.ts";
import { DOOR, PEER } from "./isolate-protocol.ts";
import { openSession } from "./isolate-session.ts";

/** The isolate's only way out leads to the host, whatever the address. */
const channel: CoreChannel = {
  async call(call): Promise<CoreReply> {
    try {
      const response = await fetch("http://host/call", { method: "POST", body: JSON.stringify(call) });
      if (!response.ok) throw new Error(`the host answered ${response.status}`);
      return JSON.parse(await response.text());
    } catch (error) {
      return { ok: false, failure: { kind: "Unknown", led: false, message: String(error) } };
    }
  },
};

const bindings = { channel, blobs, credentials };

export function isolate(definition: FunctionDefinition): { fetch(request: Request): Response | Promise<Response> } {
  nameLogs(definition.name);
  const app = new Hono();
  for (const path of definition.paths) {
    app.on(definition.method, path, async (c) => {
      const { status, headers, body, defect } = await answerHttp(definition, c, peerOf(c.req.header(PEER)), bindings);
      if (defect !== undefined) tell(defect, c.req.header("x-request-id"));
      return new Response(body, { status, headers });
    });
  }
  return {
    fetch(request) {
      switch (request.headers.get(DOOR)) {
        case "http":
          return app.fetch(request);
        case "session":
          return openSession(definition, { blobs, credentials }, tell);
        default:
          return new Response(null, { status: 204 });
      }
    },
  };
}

function peerOf(header: string | undefined): Peer {
  if (header === undefined) throw new Error("the host names the peer of every request");
  return JSON.parse(decodeURIComponent(header));
}

/** An exception cannot leave the isolate; its trace goes to the log. */
function tell(defect: unknown, id: string | undefined): void {
  console.error(`request ${id}: ${defect instanceof Error ? defect.stack : String(defect)}`);
}

/** All isolates write to one stream. */
function nameLogs(name: string): void {
  for (const level of ["debug", "log", "info", "warn", "error"] as const) {
    const write = console[level];
    console[level] = (...values: unknown[]) => write(`${name}:`, ...values);
  }
}
