/** proto/blobs.proto on a picture node. */
import { rm } from "node:fs/promises";
import { type ServerReadableStream, type ServerWritableStream, type sendUnaryData, status } from "@grpc/grpc-js";
import type {
  BlobsServer,
  Found,
  Ingested,
  IngestPart,
  ReadPart,
  ReadRequest,
  Staged,
  StagePart,
} from "../../proto/generated/blobs.ts";
import { hashOf, type Ingest, receive } from "./ingest.ts";
import type { PictureStore } from "./picture-store.ts";
import { type Readable, readHeld } from "./read-held.ts";
import type { Thumbnails } from "./thumbnails.ts";

export interface BlobServiceOptions {
  readonly store: PictureStore;
  readonly ingest: Ingest;
  readonly thumbnails: Thumbnails;
  readonly onFailure: (error: unknown) => void;
}

export class BlobService {
  readonly #options: BlobServiceOptions;

  constructor(options: BlobServiceOptions) {
    this.#options = options;
  }

  get server(): BlobsServer {
    return {
      ingest: (call, answer) => this.#settle(call, this.#ingest(call), answer),
      stage: (call, answer) => this.#settle(call, this.#stage(call), answer),
      read: (call) => this.#read(call),
      find: (call, answer) => answer(null, this.#find(call.request.filename)),
    };
  }

  async #ingest(call: ServerReadableStream<IngestPart, Ingested>): Promise<Ingested> {
    const { head, rest } = await split(call);
    const nodes = head?.part?.$case === "targets" ? head.part.targets.nodes : [];
    if (nodes.length === 0) throw new BadStream("the first message must name nodes");
    return this.#options.ingest.run(rest, nodes);
  }

  async #stage(call: ServerReadableStream<StagePart, Staged>): Promise<Staged> {
    const { head, rest } = await split(call);
    if (head?.part?.$case !== "sha256") throw new BadStream("the first message must have the hash");
    const { sha256 } = head.part;
    const { staging } = this.#options.store;
    const path = staging.newFile();
    try {
      if (!(await receive(rest, path))) throw new BadStream("too many bytes");
      if ((await hashOf(path)) !== sha256) throw new BadStream("the bytes have another hash");
      await staging.add(path, sha256);
      return {};
    } finally {
      await rm(path, { force: true });
    }
  }

  #read(call: ServerWritableStream<ReadRequest, ReadPart>): void {
    const { filename, thumbnail } = call.request;
    const { store, thumbnails, onFailure } = this.#options;
    const opened = thumbnail ? thumbnails.open(filename) : readHeld(store, filename);
    opened
      .then(async (blob) => {
        if (blob === undefined) call.emit("error", NOT_HELD);
        else await send(call, blob);
      })
      .catch((error: unknown) => {
        if (call.cancelled) return;
        onFailure(error);
        call.emit("error", INTERNAL);
      });
  }

  #find(filename: string): Found {
    const held = this.#options.store.find(filename);
    return { held: held !== undefined, sha256: held?.sha256 ?? "" };
  }

  #settle<T>(call: { readonly cancelled: boolean }, work: Promise<T>, answer: sendUnaryData<T>): void {
    work.then(
      (reply) => answer(null, reply),
      (error: unknown) => {
        if (error instanceof BadStream) return answer({ code: status.INVALID_ARGUMENT, details: error.message });
        // Whoever sent it is gone, and what had come of it as well.
        if (call.cancelled) return answer({ code: status.CANCELLED });
        this.#options.onFailure(error);
        answer(INTERNAL);
      },
    );
  }
}

const NOT_HELD = { code: status.NOT_FOUND, details: "the picture is not here" };
const INTERNAL = { code: status.INTERNAL, details: "the node failed; its log has the reason" };

/** The messages are not what the method takes. */
class BadStream extends Error {}

interface WithChunk {
  readonly part: { readonly $case: "chunk"; readonly chunk: Buffer } | { readonly $case: string } | undefined;
}

/** The first message, and the chunks of those that follow. */
async function split<Message extends WithChunk>(
  call: ServerReadableStream<Message, unknown>,
): Promise<{ readonly head: Message | undefined; readonly rest: AsyncIterable<Buffer> }> {
  const messages: AsyncIterator<Message> = call[Symbol.asyncIterator]();
  const first = await messages.next();
  const rest = async function* () {
    for (;;) {
      const { done, value } = await messages.next();
      if (done === true) return;
      if (value.part === undefined || !("chunk" in value.part)) throw new BadStream("chunks must follow");
      yield value.part.chunk;
    }
  };
  return { head: first.done === true ? undefined : first.value, rest: rest() };
}

async function send(
  call: ServerWritableStream<ReadRequest, ReadPart>,
  { head, chunks, close }: Readable,
): Promise<void> {
  try {
    call.write({ part: { $case: "head", head } });
    for await (const chunk of chunks) {
      if (call.cancelled) return;
      if (!call.write({ part: { $case: "chunk", chunk } })) await drained(call);
    }
    call.end();
  } finally {
    await close();
  }
}

function drained(call: ServerWritableStream<ReadRequest, ReadPart>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off("drain", done).off("cancelled", done);
      resolve();
    };
    call.once("drain", done).once("cancelled", done);
  });
}
