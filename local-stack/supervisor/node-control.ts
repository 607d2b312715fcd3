/** What one node says of itself, and which links it is told to cut: proto/control.proto. */
import { credentials, Metadata } from "@grpc/grpc-js";
import { type Links, NodeControlClient, type NodeStatus } from "../../proto/generated/control.ts";

/** A node that is well answers in a few milliseconds; on a busy machine in some more. */
const PATIENCE_MS = 500;
/** A node that is just starting is found soon, one that is down costs little. */
const CHANNEL = {
  "grpc.initial_reconnect_backoff_ms": 20,
  "grpc.min_reconnect_backoff_ms": 20,
  "grpc.max_reconnect_backoff_ms": 200,
  "grpc.enable_http_proxy": 0,
};

export class NodeControl {
  readonly #client: NodeControlClient;

  constructor(address: string) {
    this.#client = new NodeControlClient(address, credentials.createInsecure(), CHANNEL);
  }

  /** Undefined when the node does not answer in time. */
  status(): Promise<NodeStatus | undefined> {
    return new Promise((resolve) => {
      this.#client.status({}, new Metadata(), deadline(), (error, status) =>
        resolve(error === null ? status : undefined),
      );
    });
  }

  /** Replaces the set of cut links. False when the node did not answer in time. */
  cut(links: Links): Promise<boolean> {
    return new Promise((resolve) => {
      this.#client.setLinks(links, new Metadata(), deadline(), (error) => resolve(error === null));
    });
  }

  close(): void {
    this.#client.close();
  }
}

const deadline = () => ({ deadline: Date.now() + PATIENCE_MS });
