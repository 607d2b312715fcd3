/** The stubs of the picture nodes, made when they are first needed. */
import { credentials } from "@grpc/grpc-js";
import { BlobsClient } from "../../proto/generated/blobs.ts";
import { channelOptions } from "../transport/channel-options.ts";

export class BlobStubs {
  readonly #addresses: ReadonlyMap<number, string>;
  readonly #stubs = new Map<number, BlobsClient>();

  constructor(nodes: readonly { readonly id: number; readonly address: string }[]) {
    this.#addresses = new Map(nodes.map(({ id, address }) => [id, address]));
  }

  /** Undefined when there is no such node. */
  get(node: number): BlobsClient | undefined {
    const address = this.#addresses.get(node);
    if (address === undefined) return undefined;
    let stub = this.#stubs.get(node);
    if (stub === undefined) {
      stub = new BlobsClient(address, credentials.createInsecure(), channelOptions);
      this.#stubs.set(node, stub);
    }
    return stub;
  }

  close(): void {
    for (const stub of this.#stubs.values()) stub.close();
  }
}
