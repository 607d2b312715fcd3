/**
 * A client's connection while all that comes over it are plain requests, one at a time. The first that is anything else goes to
 * `node:http`, from its first byte and with all that follows: the connection is then no longer of this kind.
 *
 *     idle --request--> busy --answer--> idle          idle --anything else--> handed over
 *                        |---more has come: it waits, unread beyond one piece, for the answer
 */
import type { Socket } from "node:net";
import type { TextAnswer } from "../../functions/http-status.ts";
import { plainAnswer } from "./plain-answer.ts";
import { type Plain, PlainReader } from "./plain-request.ts";

/** @returns undefined for a request that is left to `node:http` */
export type Serve = (request: Plain, socket: Socket) => Promise<TextAnswer> | undefined;

export interface PlainServer {
  /** Milliseconds that an idle connection is kept. */
  readonly keepAlive: number;
  readonly serve: Serve;
  /** It is `node:http`'s from now on. */
  handOver(connection: PlainConnection): void;
}

export class PlainConnection {
  readonly socket: Socket;
  /** Milliseconds, monotonic: when it last had nothing to do. */
  idleSince = performance.now();
  readonly #server: PlainServer;
  readonly #reader = new PlainReader();
  #busy = false;
  #ending = false;
  /** Came while busy, or before what was sent is on its way. */
  #waiting: Buffer | undefined;

  constructor(socket: Socket, server: PlainServer) {
    this.socket = socket;
    this.#server = server;
    socket.on("data", this.#received).on("drain", this.#next).on("end", this.end).on("error", this.#broke);
  }

  /** Nothing is being answered, and all that was sent has left. */
  get idle(): boolean {
    return !this.#busy && this.socket.writableLength === 0;
  }

  /** Ends when what is being answered has its answer; nothing that comes later is looked at. */
  readonly end = (): void => {
    this.#ending = true;
    if (!this.#busy) this.socket.destroySoon();
  };

  readonly #broke = (): void => {
    this.socket.destroy();
  };

  readonly #received = (bytes: Buffer): void => {
    if (this.#ending) return;
    if (this.#busy || this.#waiting !== undefined || this.socket.writableNeedDrain) {
      this.#waiting = this.#waiting === undefined ? bytes : Buffer.concat([this.#waiting, bytes]);
      this.socket.pause();
      return;
    }
    const answering = this.#serve(bytes);
    if (answering === undefined) this.#handOver(bytes);
    else void this.#answer(answering);
  };

  #serve(bytes: Buffer): Promise<TextAnswer> | undefined {
    const request = this.#reader.read(bytes);
    try {
      return request && this.#server.serve(request, this.socket);
    } catch {
      // Whatever it is, the general way meets it too, and says so.
      return undefined;
    }
  }

  async #answer(answering: Promise<TextAnswer>): Promise<void> {
    this.#busy = true;
    try {
      const answer = await answering;
      this.#busy = false;
      if (this.socket.destroyed) return;
      this.#send(answer);
      this.#next();
    } catch {
      // What cannot be sent, or was never made: the log has it.
      this.socket.destroy();
    }
  }

  #send(answer: TextAnswer): void {
    const { socket } = this;
    const { text, encoding } = plainAnswer(answer, this.#ending ? undefined : this.#server.keepAlive);
    socket.write(text, encoding);
    this.idleSince = performance.now();
    if (this.#ending) socket.destroySoon();
  }

  /** What waited has its turn. */
  readonly #next = (): void => {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#busy || this.#ending || this.socket.writableNeedDrain) return;
    this.#waiting = undefined;
    this.socket.resume();
    this.#received(waiting);
  };

  #handOver(bytes: Buffer): void {
    const { socket } = this;
    socket.off("data", this.#received).off("drain", this.#next).off("end", this.end).off("error", this.#broke);
    socket.pause();
    this.#server.handOver(this);
    socket.unshift(bytes);
    socket.resume();
  }
}
