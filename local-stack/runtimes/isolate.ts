/** The inside of an isolate: one function, its doors, and the way out to the core. Runs in workerd, not in Node. */
import { Hono } from "hono";
import type { CoreChannel, CoreReply } from "../../consensus-nodes/client/core-channel.ts";
import type { FunctionDefinition } from "../../functions/define-function.ts";
import { answerHttp } from "../../functions/http-door.ts";
import type { Peer } from "../../functions/invoke.ts";
import { answerRpc, type RpcCall } from "../../functions/rpc-door.ts";
import { blobs } from "./isolate-blobs.ts";
import { credentials } from "./isolate-credentials.ts";
import { DOOR, PEER } from "./isolate-protocol.ts";

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
        case "rpc":
          return rpc(definition, request);
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

async function rpc(definition: FunctionDefinition, request: Request): Promise<Response> {
  const call: RpcCall = JSON.parse(await request.text());
  const answer = await answerRpc(definition, call, bindings);
  if (answer.ok || answer.defect === undefined) return Response.json(answer);
  tell(answer.defect, call.requestId);
  return Response.json({ ok: false, status: answer.status });
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
