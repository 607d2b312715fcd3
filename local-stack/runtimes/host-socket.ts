/** What isolates can reach: the core, bytes, the host's keys by what they do, and their own code. A unix socket that only this user can open. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noBlobs } from "../../consensus-nodes/client/blob-channel.ts";
import type { CoreCall, CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import { noCredentials } from "../../consensus-nodes/client/credential-channel.ts";
import type { Bindings } from "../../functions/invoke.ts";
import { answerBlobs } from "./host-blobs.ts";
import { answerCredentials } from "./host-credentials.ts";
import { BLOBS, CREDENTIALS } from "./isolate-protocol.ts";

/** A call carries at most one request's body, and its escapes. */
const MAX_CALL_BYTES = 8 * 1024 * 1024;

export interface HostSocket {
  readonly path: string;
  close(): Promise<void>;
}

export async function openHostSocket(
  { channel, blobs = noBlobs, credentials = noCredentials }: Bindings,
  bundles: ReadonlyMap<string, string>,
): Promise<HostSocket> {
  const folder = await mkdtemp(join(tmpdir(), "tutti-"));
  const path = join(folder, "host.sock");
  const server = createServer((incoming, outgoing) => {
    const { method, url = "" } = incoming;
    if (method === "POST" && url === "/call") return answerCall(channel, incoming, outgoing);
    if (method === "POST" && url.startsWith(CREDENTIALS)) return answerCredentials(credentials, incoming, outgoing);
    if (url.startsWith(BLOBS)) return answerBlobs(blobs, incoming, outgoing);
    const bundle = url.startsWith("/bundle/") ? bundles.get(url.slice("/bundle/".length)) : undefined;
    if (bundle === undefined) outgoing.writeHead(404).end();
    else outgoing.writeHead(200, { "content-type": "text/javascript" }).end(bundle);
  });
  // workerd keeps its connections and takes a closed one for a lost network.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return {
    path,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      // Processes that were killed a moment ago may still be writing there.
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
}

function answerCall(channel: CoreChannel, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  incoming.on("error", () => outgoing.destroy());
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_CALL_BYTES) chunks.push(chunk);
    else incoming.destroy();
  });
  incoming.on("end", async () => {
    const call = parseCall(Buffer.concat(chunks).toString());
    if (call === undefined) outgoing.writeHead(400).end();
    else outgoing.writeHead(200, JSON_HEADERS).end(JSON.stringify(await channel.call(call)));
  });
}

const JSON_HEADERS = { "content-type": "application/json" };

/** @returns undefined for what is no call */
function parseCall(text: string): CoreCall | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isCall(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCall(value: unknown): value is CoreCall {
  if (typeof value !== "object" || value === null) return false;
  const call: Partial<Record<keyof CoreCall, unknown>> = value;
  return typeof call.group === "string" && typeof call.name === "string";
}
