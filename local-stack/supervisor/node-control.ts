/** What one node says of itself, and which links it is told to cut: proto/control.proto. */
import { credentials, Metadata } from "@grpc/grpc-js";
import {
  type ChangeReply,
  type CheckpointReply,
  type Links,
  type LogEntry,
  type MembershipRequest,
  NodeControlClient,
  type NodeStatus,
  type StateHashReply,
  type StateValue,
} from "../../proto/generated/control.ts";

/** A node that is well answers in a few milliseconds; on a busy machine in some more. Who asks all the time hears it the next time. */
const PATIENCE_MS = 500;
/** For all of a log, or of a state. */
const STREAM_MS = 600_000;
/** A node that is just starting is found soon, one that is down costs little. */
const CHANNEL = {
  "grpc.initial_reconnect_backoff_ms": 20,
  "grpc.min_reconnect_backoff_ms": 20,
  "grpc.max_reconnect_backoff_ms": 200,
  "grpc.enable_http_proxy": 0,
};

export class NodeControl {
  readonly #client: NodeControlClient;

  /** Milliseconds for an answer. */
  readonly #patience: number;

  constructor(address: string, patience = PATIENCE_MS) {
    this.#patience = patience;
    this.#client = new NodeControlClient(address, credentials.createInsecure(), CHANNEL);
  }

  /** Undefined when the node does not answer in time. */
  status(): Promise<NodeStatus | undefined> {
    return new Promise((resolve) => {
      this.#client.status({}, new Metadata(), this.#deadline(), (error, status) =>
        resolve(error === null ? status : undefined),
      );
    });
  }

  /** Replaces the set of cut links. False when the node did not answer in time. */
  cut(links: Links): Promise<boolean> {
    return new Promise((resolve) => {
      this.#client.setLinks(links, new Metadata(), this.#deadline(), (error) => resolve(error === null));
    });
  }

  /** Undefined when the node did not answer in time. */
  checkpoint(group: string): Promise<CheckpointReply | undefined> {
    return new Promise((resolve) => {
      this.#client.checkpoint({ group }, new Metadata(), this.#deadline(), (error, reply) =>
        resolve(error === null ? reply : undefined),
      );
    });
  }

  /** Undefined when the node did not answer in time. */
  stateHash(group: string, index: number): Promise<StateHashReply | undefined> {
    return new Promise((resolve) => {
      this.#client.stateHash({ group, index }, new Metadata(), this.#deadline(), (error, reply) =>
        resolve(error === null ? reply : undefined),
      );
    });
  }

  /** Undefined when the node did not answer in time. */
  transferLeadership(group: string, to: number): Promise<ChangeReply | undefined> {
    return new Promise((resolve) => {
      this.#client.transferLeadership({ group, to }, new Metadata(), this.#deadline(), (error, reply) =>
        resolve(error === null ? reply : undefined),
      );
    });
  }

  /** Undefined when the node did not answer in time. */
  changeMembership(request: MembershipRequest): Promise<ChangeReply | undefined> {
    return new Promise((resolve) => {
      this.#client.changeMembership(request, new Metadata(), this.#deadline(), (error, reply) =>
        resolve(error === null ? reply : undefined),
      );
    });
  }

  /** Ends with a ServiceError when the node has no such group, or is not reached. */
  readLog(group: string, from: number, to: number): AsyncIterable<LogEntry> {
    return this.#client.readLog({ group, from, to }, { deadline: Date.now() + STREAM_MS });
  }

  /** Ends with a ServiceError when the state is not kept, or the node is not reached. */
  stateAt(group: string, index: number): AsyncIterable<StateValue> {
    return this.#client.stateAt({ group, index }, { deadline: Date.now() + STREAM_MS });
  }

  close(): void {
    this.#client.close();
  }

  #deadline(): { readonly deadline: number } {
    return { deadline: Date.now() + this.#patience };
  }
}
