/** One connection that has one request outstanding, and sends the next when the answer is there. A broken one is made again. */
import { connect, type Socket } from "node:net";
import type { Protocol } from "./protocol.ts";

/** Before a broken connection is made again: a server that is gone must not turn the driver into a busy loop. */
const RECONNECT_AFTER_MS = 20;
const NOTHING = Buffer.alloc(0);

export interface ConnectionEvents {
  /** @param milliseconds from the request to the whole answer */
  readonly succeeded: (milliseconds: number) => void;
  readonly failed: (what: string) => void;
}

/** Never two requests alike, in all runs of this process. */
let sequence = 0;

export class Connection {
  readonly #port: number;
  readonly #protocol: Protocol;
  readonly #events: ConnectionEvents;
  #socket: Socket;
  #received: Buffer = NOTHING;
  #sentAt: number | undefined;
  #stopped = false;
  #closed = false;

  constructor(port: number, protocol: Protocol, events: ConnectionEvents) {
    this.#port = port;
    this.#protocol = protocol;
    this.#events = events;
    this.#socket = this.#open();
  }

  /** By performance.now(); undefined while nothing is asked. */
  get waitingSince(): number | undefined {
    return this.#sentAt;
  }

  /** Gives up what is asked, and goes on over a new connection. */
  break(reason: string): void {
    this.#socket.destroy(new Error(reason));
  }

  /** What is asked may still be answered; nothing more is. */
  stop(): void {
    this.#stopped = true;
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: "127.0.0.1", port: this.#port, noDelay: true });
    let failure = "connection closed";
    socket.on("connect", () => this.#send());
    socket.on("data", (data) => {
      try {
        this.#receive(data);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on("error", (error) => {
      failure = error.message;
    });
    socket.on("close", () => {
      if (this.#closed) return;
      this.#events.failed(failure);
      this.#sentAt = undefined;
      this.#received = NOTHING;
      setTimeout(() => {
        if (!this.#closed && !this.#stopped) this.#socket = this.#open();
      }, RECONNECT_AFTER_MS);
    });
    return socket;
  }

  #send(): void {
    if (this.#stopped) return;
    const request = this.#protocol.request(sequence++);
    this.#sentAt = performance.now();
    this.#socket.write(request, "latin1");
  }

  #receive(data: Buffer): void {
    const received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const answer = this.#protocol.answer(received);
    if (answer === undefined) {
      this.#received = received;
      return;
    }
    if (this.#sentAt === undefined || answer.length !== received.length)
      throw new Error("more came than was asked for");
    const milliseconds = performance.now() - this.#sentAt;
    this.#sentAt = undefined;
    this.#received = NOTHING;
    if (answer.failure === undefined) this.#events.succeeded(milliseconds);
    else this.#events.failed(answer.failure);
    this.#send();
  }
}
