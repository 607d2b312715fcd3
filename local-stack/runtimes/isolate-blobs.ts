/** The inside of an isolate: the way out to the bytes on the nodes; host-blobs.ts is the other end. Runs in workerd, not in Node. */
import type { BlobChannel } from "../../consensus-nodes/client/blob-channel.ts";
import { BLOBS, SHA256 } from "./isolate-protocol.ts";

async function ask(method: keyof BlobChannel, input: object, init: RequestInit = {}): Promise<Response> {
  const query = new URLSearchParams({ input: JSON.stringify(input) });
  const response = await fetch(`http://host${BLOBS}${method}?${query}`, init);
  if (!response.ok && response.status !== 404) throw new Error(`the host answered ${response.status}`);
  return response;
}

export const blobs: BlobChannel = {
  nodes: async () => JSON.parse(await (await ask("nodes", {})).text()),
  async upload({ contentType, body, nodes }) {
    const init = { method: "POST", headers: { "content-type": contentType }, body, duplex: "half" } as const;
    return JSON.parse(await (await ask("upload", { nodes }, init)).text());
  },
  async read(request) {
    const { status, headers, body } = await ask("read", request);
    if (status === 404 || body === null) return undefined;
    const type = headers.get("content-type") ?? "";
    return { type, size: Number(headers.get("content-length")), sha256: headers.get(SHA256) ?? "", body };
  },
  replicas: async (filename) => JSON.parse(await (await ask("replicas", { filename })).text()),
  reachable: async () => JSON.parse(await (await ask("reachable", {})).text()) ?? undefined,
};
