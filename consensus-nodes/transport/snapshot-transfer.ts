/** Snapshots from node to node: a file's bytes in chunks, on a stream of their own, so that they hold up no heartbeat. */
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { credentials, type ServerWritableStream, status } from "@grpc/grpc-js";
import { PeerClient, type SnapshotChunk, type SnapshotRequest } from "../../proto/generated/peer.ts";
import type { NodeId } from "../raft/message.ts";
import { channelOptions } from "./channel-options.ts";
import type { LinkCuts } from "./link-cuts.ts";

const CHUNK_BYTES = 256 * 1024;
/** Between two chunks; beyond that the other side is given up. */
const SILENCE_MS = 5000;

export interface SnapshotServerOptions {
  readonly cluster: string;
  /** Of the snapshot of `group` that ends with `index`; undefined when there is no such group. */
  readonly pathOf: (group: string, index: number) => string | undefined;
}

/** The server side of Peer.FetchSnapshot. */
export async function serveSnapshot(
  call: ServerWritableStream<SnapshotRequest, SnapshotChunk>,
  { cluster, pathOf }: SnapshotServerOptions,
): Promise<void> {
  const { group, index, offset, cluster: asked } = call.request;
  const path = asked === cluster ? pathOf(group, index) : undefined;
  if (path === undefined || !existsSync(path)) {
    call.emit("error", { code: status.NOT_FOUND, details: `no snapshot of ${group} that ends with ${index}` });
    return;
  }
  try {
    for await (const data of createReadStream(path, { start: offset, highWaterMark: CHUNK_BYTES })) {
      if (call.cancelled) return;
      // The receiver's pace is the sender's: no more than a chunk waits here.
      if (!call.write({ data }))
        await Promise.race([once(call, "drain"), once(call, "close"), once(call, "cancelled")]);
    }
    call.end();
  } catch (error) {
    call.emit("error", { code: status.DATA_LOSS, details: String(error) });
  }
}

export interface SnapshotClientOptions {
  readonly cluster: string;
  readonly group: string;
  /** Undefined when the node is not known. */
  readonly addressOf: (node: NodeId) => string | undefined;
  readonly cuts: LinkCuts;
}

/** The bytes from `offset` on. @throws {Error} when the node has no such snapshot, or falls silent. */
export async function* fetchSnapshot(
  { cluster, group, addressOf, cuts }: SnapshotClientOptions,
  from: NodeId,
  index: number,
  offset: number,
): AsyncGenerator<Uint8Array> {
  const address = addressOf(from);
  if (address === undefined) throw new Error(`node ${from} is not known`);
  const client = new PeerClient(address, credentials.createInsecure(), channelOptions);
  const call = client.fetchSnapshot({ cluster, group, index, offset });
  const silence = setTimeout(() => call.destroy(new Error(`node ${from} fell silent`)), SILENCE_MS);
  try {
    for await (const { data } of call) {
      if (cuts.from.has(from) || cuts.to.has(from)) throw new Error(`the link to node ${from} is cut`);
      silence.refresh();
      yield data;
    }
  } finally {
    clearTimeout(silence);
    call.cancel();
    client.close();
  }
}
