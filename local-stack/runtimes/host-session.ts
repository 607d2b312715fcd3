/** The host's end of isolate-session.ts: one WebSocket to one version of one function, for all its requests and their calls. */
import { WebSocket } from "undici";
import type { CoreCall, CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import type { HttpCall } from "../../functions/http-door.ts";
import type { Answer } from "../../functions/http-status.ts";
import type { Peer } from "../../functions/invoke.ts";
import type { RpcAnswer, RpcCall } from "../../functions/rpc-door.ts";
import { DOOR, FUNCTION } from "./isolate-protocol.ts";
import { FrameReader, FrameWriter, type ToHost, type ToIsolate } from "./session-frames.ts";

/** Milliseconds until a function answers. Longer than the core may take. */
const ANSWER_TIMEOUT_MS = 10_000;

/** There will be no answer: the isolate is gone, or took too long. */
export class SessionLost extends Error {}

interface Asked<Reply> {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: SessionLost) => void;
  readonly timer: NodeJS.Timeout;
}

export class HostSession {
  readonly #socket: WebSocket;
  readonly #channel: CoreChannel;
  readonly #reader = new FrameReader<ToHost>();
  readonly #writer: FrameWriter<ToIsolate>;
  /** Requests without an answer, by number. */
  readonly #http = new Map<number, Asked<Answer>>();
  readonly #rpc = new Map<number, Asked<RpcAnswer>>();
  #lastRequest = 0;
  /** Written before the socket was open. */
  #early: string[] | undefined = [];

  /** @param onLost the isolate has closed it, or could not be reached */
  constructor(url: string, version: string, channel: CoreChannel, onLost: () => void) {
    this.#channel = channel;
    this.#writer = new FrameWriter(setImmediate, (message) => {
      if (this.#early === undefined) this.#socket.send(message);
      else this.#early.push(message);
    });
    const socket = new WebSocket(url.replace(/^http/, "ws"), { headers: { [FUNCTION]: version, [DOOR]: "session" } });
    this.#socket = socket;
    socket.addEventListener("open", () => {
      for (const message of this.#early ?? []) socket.send(message);
      this.#early = undefined;
    });
    socket.addEventListener("message", ({ data }) => this.#receive(String(data)));
    // What is wrong is told by what becomes of the requests.
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", () => {
      onLost();
      const why = "the isolate's session ended";
      for (const number of this.#http.keys()) this.#lose(this.#http, number, why);
      for (const number of this.#rpc.keys()) this.#lose(this.#rpc, number, why);
    });
  }

  /** Requests without an answer. */
  get running(): number {
    return this.#http.size + this.#rpc.size;
  }

  /** @throws {SessionLost} */
  http(call: HttpCall, peer: Peer): Promise<Answer> {
    return this.#ask(this.#http, (number) => ["http", number, call, peer]);
  }

  /** @throws {SessionLost} */
  rpc(call: RpcCall): Promise<RpcAnswer> {
    return this.#ask(this.#rpc, (number) => ["rpc", number, call]);
  }

  close(): void {
    this.#socket.close();
  }

  #ask<Reply>(asked: Map<number, Asked<Reply>>, frame: (number: number) => ToIsolate): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const number = ++this.#lastRequest;
      const late = () => this.#lose(asked, number, `no answer in ${ANSWER_TIMEOUT_MS} ms`);
      asked.set(number, { resolve, reject, timer: setTimeout(late, ANSWER_TIMEOUT_MS) });
      this.#writer.write(frame(number));
    });
  }

  #receive(message: string): void {
    for (const frame of this.#reader.read(message)) {
      switch (frame[0]) {
        case "http":
          take(this.#http, frame[1])?.resolve(frame[2]);
          break;
        case "rpc":
          take(this.#rpc, frame[1])?.resolve(frame[2]);
          break;
        case "core":
          void this.#callCore(frame[1], frame[2]);
      }
    }
  }

  #lose<Reply>(asked: Map<number, Asked<Reply>>, number: number, why: string): void {
    take(asked, number)?.reject(new SessionLost(why));
  }

  async #callCore(number: number, call: CoreCall): Promise<void> {
    this.#writer.write(["core", number, await this.#channel.call(call)]);
  }
}

/** Undefined for an answer that came too late. */
function take<Reply>(asked: Map<number, Asked<Reply>>, number: number): Asked<Reply> | undefined {
  const request = asked.get(number);
  if (request === undefined) return undefined;
  asked.delete(number);
  clearTimeout(request.timer);
  return request;
}
