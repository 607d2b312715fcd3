/** The inside of an isolate: requests, answers and calls of the core as frames on one WebSocket. Runs in workerd, not in Node. */
import type { CoreCall, CoreChannel, CoreReply } from "../../consensus-nodes/client/core-channel.ts";
import type { FunctionDefinition } from "../../functions/define-function.ts";
import { defect } from "../../functions/failure.ts";
import { grpcStatus } from "../../functions/grpc-status.ts";
import { answerHttpCall } from "../../functions/http-door.ts";
import { type Answer, failureAnswer } from "../../functions/http-status.ts";
import type { Bindings } from "../../functions/invoke.ts";
import { answerRpc, type RpcAnswer } from "../../functions/rpc-door.ts";
import {
  FrameReader,
  FrameWriter,
  type HttpRequestFrame,
  type RpcRequestFrame,
  type ToHost,
  type ToIsolate,
} from "./session-frames.ts";

/** https://developers.cloudflare.com/workers/runtime-apis/websockets/ */
interface ServerSocket {
  accept(): void;
  send(message: string): void;
  close(): void;
  addEventListener(type: "message" | "close", listener: (event: { readonly data: string }) => void): void;
}

declare const WebSocketPair: new () => { readonly 0: object; readonly 1: ServerSocket };

/** @param tell takes what a function throws */
export function openSession(
  definition: FunctionDefinition,
  others: Omit<Bindings, "channel">,
  tell: (defect: unknown, requestId: string | undefined) => void,
): Response {
  const { 0: theirs, 1: socket } = new WebSocketPair();
  socket.accept();
  const session = new Session(definition, others, tell, (message) => socket.send(message));
  socket.addEventListener("message", ({ data }) => session.receive(data));
  socket.addEventListener("close", () => socket.close());
  // What a Response takes here, and what TypeScript knows only of browsers.
  const init: ResponseInit & { readonly webSocket: object } = { status: 101, webSocket: theirs };
  return new Response(null, init);
}

class Session implements CoreChannel {
  readonly #definition: FunctionDefinition;
  readonly #bindings: Bindings;
  readonly #tell: (defect: unknown, requestId: string | undefined) => void;
  readonly #reader = new FrameReader<ToIsolate>();
  readonly #writer: FrameWriter<ToHost>;
  /** By number. The host replies to each by its deadline. */
  readonly #calls = new Map<number, (reply: CoreReply) => void>();
  #lastCall = 0;

  constructor(
    definition: FunctionDefinition,
    others: Omit<Bindings, "channel">,
    tell: (defect: unknown, requestId: string | undefined) => void,
    send: (message: string) => void,
  ) {
    this.#definition = definition;
    this.#bindings = { ...others, channel: this };
    this.#tell = tell;
    // Requests that came together run in step: when the first of them calls, so do the others.
    this.#writer = new FrameWriter((flush) => queueMicrotask(flush), send);
  }

  receive(message: string): void {
    for (const frame of this.#reader.read(message)) {
      switch (frame[0]) {
        case "http":
          void this.#http(frame);
          break;
        case "rpc":
          void this.#rpc(frame);
          break;
        case "core":
          this.#calls.get(frame[1])?.(frame[2]);
          this.#calls.delete(frame[1]);
      }
    }
  }

  call(call: CoreCall): Promise<CoreReply> {
    return new Promise((resolve) => {
      const number = ++this.#lastCall;
      this.#calls.set(number, resolve);
      this.#writer.write(["core", number, call]);
    });
  }

  async #http([, number, call, peer]: HttpRequestFrame): Promise<void> {
    const { defect: thrown, ...answer } = await answerHttpCall(this.#definition, call, peer, this.#bindings)
      .then(inOnePiece)
      .catch((error: unknown) => failureAnswer(defect(error)));
    if (thrown !== undefined) this.#tell(thrown, call.requestId);
    this.#writer.write(["http", number, answer]);
  }

  async #rpc([, number, call]: RpcRequestFrame): Promise<void> {
    const answer = await answerRpc(this.#definition, call, this.#bindings).catch(asDefect);
    if (!answer.ok && answer.defect !== undefined) this.#tell(answer.defect, call.requestId);
    this.#writer.write(["rpc", number, answer.ok ? answer : { ok: false, status: answer.status }]);
  }
}

function inOnePiece(answer: Answer): Answer {
  if (typeof answer.body === "string") return answer;
  throw new Error("a reply that is a stream has a type in `replies`");
}

function asDefect(error: unknown): RpcAnswer {
  return { ok: false, status: grpcStatus(defect(error)), defect: error };
}
