/** The stubs of the picture nodes, made when they are first needed. */
import { credentials } from "@grpc/grpc-js";
import { BlobsClient } from "../../proto/generated/blobs.ts";
import { channelOptions } from "../transport/channel-options.ts";

export class BlobStubs {
  /** As they are at the moment: nodes come and go. */
  readonly #addresses: ReadonlyMap<number, string>;
  readonly #stubs = new Map<number, BlobsClient>();

  /** @param addresses by node id */
  constructor(addresses: ReadonlyMap<number, string>) {
    this.#addresses = addresses;
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
