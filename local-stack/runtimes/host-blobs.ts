/** The host's end of isolate-blobs.ts: bytes between an isolate and the nodes, as streams. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import type { BlobChannel } from "../../consensus-nodes/client/blob-channel.ts";
import { BLOBS, SHA256 } from "./isolate-protocol.ts";

const Nodes = z.array(z.int());
const Upload = z.object({ nodes: Nodes });
const Read = z.object({ filename: z.string(), nodes: Nodes, thumbnail: z.boolean() });
const Replicas = z.object({ filename: z.string() });

export function answerBlobs(blobs: BlobChannel, incoming: IncomingMessage, outgoing: ServerResponse): void {
  answer(blobs, incoming, outgoing).catch(() => {
    // The isolate learns of it by the connection, or by the status.
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(400).end();
  });
}

async function answer(blobs: BlobChannel, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(incoming.url ?? "", "http://host");
  const input: unknown = JSON.parse(searchParams.get("input") ?? "");
  switch (pathname.slice(BLOBS.length)) {
    case "nodes":
      return json(outgoing, await blobs.nodes());
    case "upload": {
      const contentType = incoming.headers["content-type"] ?? "";
      const body: ReadableStream<Uint8Array> = Readable.toWeb(incoming);
      return json(outgoing, await blobs.upload({ ...Upload.parse(input), contentType, body }));
    }
    case "read": {
      const blob = await blobs.read(Read.parse(input));
      if (blob === undefined) return void outgoing.writeHead(404).end();
      const { type, size, sha256, body } = blob;
      outgoing.writeHead(200, { "content-type": type, "content-length": size, [SHA256]: sha256 });
      return pipeline(Readable.fromWeb(body), outgoing);
    }
    case "replicas":
      return json(outgoing, await blobs.replicas(Replicas.parse(input).filename));
    case "reachable":
      return json(outgoing, (await blobs.reachable()) ?? null);
    default:
      outgoing.writeHead(404).end();
  }
}

function json(outgoing: ServerResponse, value: unknown): void {
  outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}
