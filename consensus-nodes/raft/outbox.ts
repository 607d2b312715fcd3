/** What a turn's inputs lead to, until the next Ready takes it. */
import type { Body, Message, NodeId, Outgoing } from "./message.ts";
import type { PendingRead } from "./read-index.ts";
import type { Event, Ready, SnapshotOffer } from "./ready.ts";

type Taken = Pick<Ready, "messages" | "promises" | "reads" | "failedReads" | "offer" | "events">;

export class Outbox {
  readonly #id: NodeId;
  #gathered = nothing();
  #offer: SnapshotOffer | undefined;

  constructor(id: NodeId) {
    this.#id = id;
  }

  get empty(): boolean {
    const { messages, promises, reads, failedReads, events } = this.#gathered;
    const gathered = messages.length + promises.length + reads.length + failedReads.length + events.length;
    return gathered === 0 && this.#offer === undefined;
  }

  take(): Taken {
    const gathered = { ...this.#gathered, offer: this.#offer };
    this.#gathered = nothing();
    this.#offer = undefined;
    return gathered;
  }

  event(event: Event): void {
    this.#gathered.events.push(event);
  }

  /** The newest takes the place of those before. */
  offer(offer: SnapshotOffer): void {
    this.#offer = offer;
  }

  /** A message that leaves at once. */
  send(to: NodeId, term: number, body: Body): void {
    this.#gathered.messages.push({ from: this.#id, to, term, ...body });
  }

  sendAll(messages: readonly Outgoing[]): void {
    this.#gathered.messages.push(...messages);
  }

  /** A message that tells of something on disk, or to be on disk by then. */
  promise(to: NodeId, term: number, body: Body): void {
    this.#gathered.promises.push({ from: this.#id, to, term, ...body });
  }

  /** @param index undefined when the read cannot be confirmed. */
  answerRead({ from, context }: PendingRead, term: number, index: number | undefined): void {
    if (from !== this.#id) {
      this.send(from, term, { type: "ReadIndexReply", context, ok: index !== undefined, index: index ?? 0 });
    } else if (index !== undefined) {
      this.#gathered.reads.push({ from, context, index });
    } else {
      this.#gathered.failedReads.push(context);
    }
  }
}

function nothing() {
  const messages: Outgoing[] = [];
  const promises: Message[] = [];
  const reads: Ready["reads"][number][] = [];
  const failedReads: number[] = [];
  const events: Event[] = [];
  return { messages, promises, reads, failedReads, events };
}
