/**
 * What host and isolate tell each other on a session, a WebSocket that lives as long as both:
 *
 *     host -> isolate   ["http", 7, call, peer]          a request
 *     isolate -> host   ["core", 3, core call]           what it asks of the core, numbered by the isolate
 *     host -> isolate   ["core", 3, core reply]
 *     isolate -> host   ["http", 7, answer]               the answer, once for each request, in any order
 *
 * Frames of one turn of the event loop travel together, as one JSON list; a long list in several messages.
 */
import type { CoreCall, CoreReply } from "../../consensus-nodes/client/core-channel.ts";
import type { HttpCall } from "../../functions/http-door.ts";
import type { Answer } from "../../functions/http-status.ts";
import type { Peer } from "../../functions/invoke.ts";
import type { RpcAnswer, RpcCall } from "../../functions/rpc-door.ts";

/** Its body is a string: streams are none of a session's. */
type WholeAnswer = Omit<Answer, "defect">;

export type HttpRequestFrame = readonly ["http", number, HttpCall, Peer];
export type RpcRequestFrame = readonly ["rpc", number, RpcCall];

export type ToIsolate = HttpRequestFrame | RpcRequestFrame | readonly ["core", number, CoreReply];

export type ToHost =
  | readonly ["http", number, WholeAnswer]
  | readonly ["rpc", number, RpcAnswer]
  | readonly ["core", number, CoreCall];

/** Characters of one message. workerd takes none above 1 MiB, and a character is up to three bytes. */
const MAX_MESSAGE = 256 * 1024;
/** How a message begins: whether more of its list follows. */
const LAST = ".";
const MORE = "+";

/** Frames on their way out. */
export class FrameWriter<Frame> {
  readonly #later: (flush: () => void) => void;
  readonly #send: (message: string) => void;
  /** As JSON. */
  #frames: string[] = [];

  /** @param later calls back when the turn is over */
  constructor(later: (flush: () => void) => void, send: (message: string) => void) {
    this.#later = later;
    this.#send = send;
  }

  /** @throws {TypeError} for what JSON has no form for */
  write(frame: Frame): void {
    if (this.#frames.push(JSON.stringify(frame)) === 1) this.#later(this.#flush);
  }

  readonly #flush = (): void => {
    const list = `[${this.#frames.join(",")}]`;
    this.#frames = [];
    let from = 0;
    while (list.length - from > MAX_MESSAGE) {
      const until = from + MAX_MESSAGE - (isHighSurrogate(list.charCodeAt(from + MAX_MESSAGE - 1)) ? 1 : 0);
      this.#send(MORE + list.slice(from, until));
      from = until;
    }
    this.#send(LAST + list.slice(from));
  };
}

/** What follows belongs to the same character: half of one cannot be sent. */
function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Frames on their way in. The other end is ours: what it sends is believed. */
export class FrameReader<Frame> {
  #begun = "";

  /** @returns the frames of a list that this message ends */
  read(message: string): readonly Frame[] {
    const text = this.#begun + message.slice(1);
    this.#begun = message.startsWith(MORE) ? text : "";
    return this.#begun === "" ? JSON.parse(text) : [];
  }
}
