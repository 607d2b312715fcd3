/**
 * The streams between this node and its peers: one per pair, dialled by the higher id, carrying all groups. What is sent in
 * one turn of the event loop travels as one parcel. A message to a peer that is away, or that reads too slowly, is dropped:
 * consensus repeats what matters. An answer that says what the one before it said is not worth a parcel of its own: it waits for
 * the next one, a tick at most. So two idle nodes exchange one parcel each way per heartbeat, whoever of them leads how much.
 *
 *     0 -> 1   heartbeats of what 0 leads, answers to 1's                 the same
 *     1 -> 0        heartbeats of what 1 leads, answers to 0's                 the same
 *                  |--- a tick, which in a calm is CALM_TICKS long ---|
 */
import { type ClientDuplexStream, credentials, Metadata, type ServerDuplexStream } from "@grpc/grpc-js";
import { type Envelope, type Parcel, PeerClient } from "../../proto/generated/peer.ts";
import type { NodeId } from "../raft/message.ts";
import { channelOptions } from "./channel-options.ts";
import { fromEnvelope, type PeerMessage, rpcName, toEnvelope } from "./envelope.ts";
import { LinkCuts } from "./link-cuts.ts";

/** Parcels buffered for one peer; beyond that it reads too slowly and loses messages. Their bytes are bounded by raft's window. */
const MAX_QUEUED_PARCELS = 512;
/** Of the cluster. Bounds what callers that name themselves can make this node keep. */
const MAX_PEERS = 64;
const REDIAL_FIRST_MS = 20;
const REDIAL_MAX_MS = 500;

type PeerStream = ClientDuplexStream<Parcel, Parcel> | ServerDuplexStream<Parcel, Parcel>;

interface Peer {
  readonly id: NodeId;
  /** Present for the peers that this node dials. */
  readonly client: PeerClient | undefined;
  stream: PeerStream | undefined;
  /** There was a stream. */
  met: boolean;
  outbox: Envelope[];
  /** Names of the RPCs in the outbox: a batch carried in one message is one RPC, and one line. */
  readonly rpcs: Map<string, { heartbeat: boolean }>;
  /** The last answer to AppendEntries that each group gave on this stream. */
  readonly answers: Map<string, AppendEntriesReply>;
  redialMs: number;
  redialTimer: NodeJS.Timeout | undefined;
}

type AppendEntriesReply = Extract<PeerMessage, { readonly type: "AppendEntriesReply" }>;

export interface PeerLinksOptions {
  readonly id: NodeId;
  readonly cluster: string;
  readonly peers: readonly { readonly id: NodeId; readonly address: string }[];
  readonly deliver: (group: string, from: NodeId, message: PeerMessage) => void;
  /** The stream to a peer broke. */
  readonly onDisconnected: (peer: NodeId) => void;
  readonly onRpc: (direction: "sends" | "runs", name: string, peer: NodeId, heartbeat: boolean) => void;
  /** Asks that `flush()` be called once, when this turn's messages are all there. */
  readonly requestFlush: () => void;
}

export class PeerLinks {
  readonly cuts = new LinkCuts();
  readonly #options: PeerLinksOptions;
  readonly #peers: Map<NodeId, Peer>;
  #started = false;
  #closed = false;

  constructor(options: PeerLinksOptions) {
    this.#options = options;
    this.#peers = new Map(
      options.peers.filter(({ id }) => id !== options.id).map(({ id, address }) => [id, this.#createPeer(id, address)]),
    );
  }

  /** One more peer. One that is known stays as it is. */
  know(id: NodeId, address: string): void {
    if (id === this.#options.id || this.#peers.has(id)) return;
    const peer = this.#createPeer(id, address);
    this.#peers.set(id, peer);
    if (this.#started) this.#dial(peer);
  }

  start(): void {
    this.#started = true;
    for (const peer of this.#peers.values()) this.#dial(peer);
  }

  /** Peers to which there was a stream, and is none now. */
  get lost(): readonly NodeId[] {
    return [...this.#peers.values()].filter(({ stream, met }) => met && stream === undefined).map(({ id }) => id);
  }

  send(group: string, to: NodeId, message: PeerMessage): void {
    const peer = this.#peers.get(to);
    if (peer === undefined) return;
    const name = rpcName(message);
    if (name !== undefined) {
      const heartbeat = isHeartbeat(message) && (peer.rpcs.get(name)?.heartbeat ?? true);
      peer.rpcs.set(name, { heartbeat });
    }
    peer.outbox.push(toEnvelope(group, message));
    if (!isRepeated(peer.answers, group, message)) this.#options.requestFlush();
  }

  /** To be called in every tick: what waits for company has waited long enough. */
  tick(): void {
    for (const { outbox } of this.#peers.values()) if (outbox.length > 0) return this.#options.requestFlush();
  }

  flush(): void {
    for (const peer of this.#peers.values()) {
      if (peer.outbox.length === 0) continue;
      const envelopes = peer.outbox;
      peer.outbox = [];
      for (const [name, { heartbeat }] of peer.rpcs) this.#options.onRpc("sends", name, peer.id, heartbeat);
      peer.rpcs.clear();
      const { stream } = peer;
      const isOpen = stream !== undefined && !this.cuts.to.has(peer.id) && stream.writableLength < MAX_QUEUED_PARCELS;
      if (isOpen) stream.write({ envelopes });
      // What was not told is news.
      else peer.answers.clear();
    }
  }

  /** The server side of Peer.Exchange. */
  accept(call: ServerDuplexStream<Parcel, Parcel>): void {
    const id = Number(call.metadata.get("node-id")[0]);
    const isPeer = Number.isSafeInteger(id) && id > this.#options.id && this.#peers.size < MAX_PEERS;
    if (call.metadata.get("cluster-id")[0] !== this.#options.cluster || !(isPeer || this.#peers.has(id))) {
      call.destroy(new Error(`node ${id} is not a member of cluster ${this.#options.cluster}`));
      return;
    }
    // It came to the cluster before this node was told: it dials, so its address is not needed here.
    const peer = this.#peers.get(id) ?? this.#createPeer(id, "");
    this.#peers.set(id, peer);
    peer.stream?.destroy();
    call.sendMetadata(new Metadata());
    this.#adopt(peer, call);
    call.on("end", () => call.end());
  }

  close(): void {
    this.#closed = true;
    for (const peer of this.#peers.values()) {
      clearTimeout(peer.redialTimer);
      peer.stream?.destroy();
      peer.client?.close();
    }
  }

  #createPeer(id: NodeId, address: string): Peer {
    const dials = this.#options.id > id;
    return {
      id,
      client: dials ? new PeerClient(address, credentials.createInsecure(), channelOptions) : undefined,
      stream: undefined,
      met: false,
      outbox: [],
      rpcs: new Map(),
      answers: new Map(),
      redialMs: REDIAL_FIRST_MS,
      redialTimer: undefined,
    };
  }

  #dial(peer: Peer): void {
    if (peer.client === undefined || this.#closed) return;
    const metadata = new Metadata();
    metadata.set("node-id", String(this.#options.id));
    metadata.set("cluster-id", this.#options.cluster);
    const stream = peer.client.exchange(metadata);
    // Adopted only once the other side answers: a message on a stream that never was is a message that nobody counts.
    stream.once("metadata", () => {
      peer.redialMs = REDIAL_FIRST_MS;
      this.#adopt(peer, stream);
    });
    stream.on("error", () => stream.destroy());
    stream.once("close", () => this.#redial(peer));
    stream.once("end", () => stream.end());
    // A stream that is not read does not end.
    stream.resume();
  }

  #redial(peer: Peer): void {
    if (this.#closed) return;
    clearTimeout(peer.redialTimer);
    peer.redialTimer = setTimeout(() => this.#dial(peer), peer.redialMs);
    peer.redialMs = Math.min(peer.redialMs * 2, REDIAL_MAX_MS);
  }

  #adopt(peer: Peer, stream: PeerStream): void {
    peer.stream = stream;
    peer.met = true;
    peer.answers.clear();
    stream.on("data", (parcel: Parcel) => this.#receive(peer.id, parcel));
    stream.on("error", () => stream.destroy());
    stream.once("close", () => {
      if (peer.stream !== stream) return;
      peer.stream = undefined;
      this.#options.onDisconnected(peer.id);
    });
  }

  #receive(from: NodeId, parcel: Parcel): void {
    if (this.cuts.from.has(from)) return;
    const messages: [string, PeerMessage][] = [];
    const rpcs = new Map<string, boolean>();
    for (const envelope of parcel.envelopes) {
      const message = fromEnvelope(envelope, from, this.#options.id);
      if (message === undefined) continue;
      messages.push([envelope.group, message]);
      const name = rpcName(message);
      if (name !== undefined) rpcs.set(name, isHeartbeat(message) && (rpcs.get(name) ?? true));
    }
    for (const [name, heartbeat] of rpcs) this.#options.onRpc("runs", name, from, heartbeat);
    for (const [group, message] of messages) this.#options.deliver(group, from, message);
  }
}

function isHeartbeat(message: PeerMessage): boolean {
  return message.type === "AppendEntries" && message.entries.length === 0;
}

/** Whether the leader of `group` was told the very same before: all that it learns is that this node still follows it. */
function isRepeated(answers: Map<string, AppendEntriesReply>, group: string, message: PeerMessage): boolean {
  if (message.type !== "AppendEntriesReply") return false;
  const last = answers.get(group);
  answers.set(group, message);
  const { success, term, match, round } = message;
  return success && last?.success === true && last.term === term && last.match === match && last.round === round;
}
