/** A picture's bytes as an answer. */
import type { BlobChannel } from "../../consensus-nodes/client/blob-channel.ts";
import type { Core } from "../../consensus-nodes/client/core.ts";
import { type Refusal, refuse } from "../failure.ts";
import { named, unknownPicture } from "./picture.ts";

interface BytesReply {
  readonly status: 200;
  readonly body: ReadableStream<Uint8Array>;
  readonly headers: Readonly<Record<string, string>>;
}

export const UNREAD = "None of the nodes that hold it can be reached; try again.";

export async function pictureBytes(
  { core, blobs }: { readonly core: Core; readonly blobs: Pick<BlobChannel, "read"> },
  filename: string,
  how: { readonly thumbnail: boolean; readonly disposition: "attachment" | "inline" },
): Promise<BytesReply | Refusal<"NotFound" | "Unavailable">> {
  const held = await named(filename, (safe) => core.pictures.find({ filename: safe }));
  if (held === null) return unknownPicture(filename);
  const blob = await blobs.read({ filename: held.filename, nodes: held.nodes, thumbnail: how.thumbnail });
  if (blob === undefined) {
    return refuse("Unavailable", "the picture cannot be read now", `node ${held.nodes.join(", ")} should hold it`);
  }
  const { type, size, sha256, body } = blob;
  const headers = {
    "content-type": type,
    "content-length": String(size),
    "content-disposition": disposition(how.disposition, held.filename),
    "x-content-type-options": "nosniff",
    // Should a browser show it as a page after all, it may do nothing.
    "content-security-policy": "default-src 'none'; sandbox",
    etag: `"${sha256}${how.thumbnail ? "-thumbnail" : ""}"`,
    // A name can have another picture tomorrow.
    "cache-control": "no-cache",
  };
  return { status: 200, body, headers };
}

/** RFC 6266: a name in ASCII for old clients, the real one in UTF-8 for the others. */
function disposition(kind: string, filename: string): string {
  const ascii = filename.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
