/** One node as the client reaches it: one bidirectional stream, on which all that arose in one turn travels in one message. */
import { type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import {
  type Batch,
  type Calls,
  CoreClient as CoreStub,
  type Query,
  type Replies,
  type Transaction,
} from "../../proto/generated/core.ts";
import { channelOptions } from "../transport/channel-options.ts";

const REDIAL_FIRST_MS = 20;
const REDIAL_MAX_MS = 500;

export type OnOutcome = (outcome: Uint8Array) => void;

export interface NodeLinkEvents {
  readonly onUp: (node: number) => void;
  /** What was sent and not answered is undecided. */
  readonly onDown: (node: number) => void;
}

/** What the client needs of it. */
export type Link = Pick<NodeLink, "id" | "up" | "batch" | "query" | "transaction" | "flush" | "close">;

export class NodeLink {
  readonly id: number;
  readonly #stub: CoreStub;
  readonly #events: NodeLinkEvents;
  #stream: ClientDuplexStream<Calls, Replies> | undefined;
  #up = false;
  #calls: Calls = { batches: [], queries: [], transactions: [] };
  /** By id, what waits for an answer on this stream. Bounded by the client's bound on pending calls. */
  readonly #expected = new Map<number, OnOutcome>();
  #nextId = 1;
  #redialMs = REDIAL_FIRST_MS;
  #redialTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(id: number, address: string, events: NodeLinkEvents) {
    this.id = id;
    this.#stub = new CoreStub(address, credentials.createInsecure(), channelOptions);
    this.#events = events;
    this.#dial();
  }

  /** The node has answered on this stream: what is sent now may have been done, what was not sent has not. */
  get up(): boolean {
    return this.#up;
  }

  /** `onOutcome` is not called when the stream breaks first; `onDown` is. */
  batch(batch: Omit<Batch, "id">, onOutcome: OnOutcome): void {
    this.#calls.batches.push({ id: this.#expect(onOutcome), ...batch });
  }

  /** As `batch`. */
  query(query: Omit<Query, "id">, onOutcome: OnOutcome): void {
    this.#calls.queries.push({ id: this.#expect(onOutcome), ...query });
  }

  /** As `batch`. */
  transaction(transaction: Omit<Transaction, "id">, onOutcome: OnOutcome): void {
    this.#calls.transactions.push({ id: this.#expect(onOutcome), ...transaction });
  }

  flush(): void {
    const calls = this.#calls;
    if (calls.batches.length + calls.queries.length + calls.transactions.length === 0) return;
    this.#calls = { batches: [], queries: [], transactions: [] };
    this.#stream?.write(calls);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#redialTimer);
    this.#stream?.destroy();
    this.#stub.close();
  }

  #dial(): void {
    const stream = this.#stub.exchange();
    this.#stream = stream;
    stream.once("metadata", () => {
      this.#up = true;
      this.#redialMs = REDIAL_FIRST_MS;
      this.#events.onUp(this.id);
    });
    stream.on("data", ({ replies }: Replies) => {
      for (const { id, outcome } of replies) {
        const onOutcome = this.#expected.get(id);
        this.#expected.delete(id);
        onOutcome?.(outcome);
      }
    });
    stream.on("error", () => stream.destroy());
    stream.once("end", () => stream.end());
    stream.once("close", () => this.#lost());
  }

  #expect(onOutcome: OnOutcome): number {
    const id = this.#nextId++;
    this.#expected.set(id, onOutcome);
    return id;
  }

  #lost(): void {
    this.#calls = { batches: [], queries: [], transactions: [] };
    this.#expected.clear();
    if (this.#up) {
      this.#up = false;
      this.#events.onDown(this.id);
    }
    if (this.#closed) return;
    this.#redialTimer = setTimeout(() => this.#dial(), this.#redialMs);
    this.#redialMs = Math.min(this.#redialMs * 2, REDIAL_MAX_MS);
  }
}
