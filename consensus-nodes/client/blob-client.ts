/** The host half of the way to the bytes: streams to and from the picture nodes. */
import { once } from "node:events";
import { Readable } from "node:stream";
import { type ClientReadableStream, type ClientWritableStream, Metadata } from "@grpc/grpc-js";
import type { BlobsClient, Head, Ingested, IngestPart, ReadPart } from "../../proto/generated/blobs.ts";
import { pictureNodes } from "../wire/picture-nodes.ts";
import { PictureType } from "../wire/picture-operation.ts";
import { isRejection } from "../wire/rejection.ts";
import type {
  BlobChannel,
  ReadBlob,
  ReadBlobRequest,
  ReplicaState,
  UploadReply,
  UploadRequest,
} from "./blob-channel.ts";
import { BlobStubs } from "./blob-stubs.ts";
import { sendChunks } from "./send-chunks.ts";
import { readForm } from "./upload-form.ts";

/** From a client's first byte to the picture on all nodes: as long as the gateway lets a request last. */
const UPLOAD_TIMEOUT_MS = 30_000;
/** Slow clients read slowly. */
const READ_TIMEOUT_MS = 600_000;
/** Until a node says whether it has a picture. A thumbnail may have to be made first. */
const FIRST_BYTE_TIMEOUT_MS = 8_000;
const FIND_TIMEOUT_MS = 500;
const REACH_TIMEOUT_MS = 300;

export interface BlobClientOptions {
  /** Of all nodes, by id, as they are at the moment. */
  readonly addresses: ReadonlyMap<number, string>;
  /** Ids of the nodes that take part in everything. */
  readonly members: () => readonly number[];
}

export class BlobClient implements BlobChannel {
  readonly #stubs: BlobStubs;
  readonly #members: () => readonly number[];
  #uploads = 0;

  constructor({ addresses, members }: BlobClientOptions) {
    this.#stubs = new BlobStubs(addresses);
    this.#members = members;
  }

  get #nodes(): readonly number[] {
    return pictureNodes(this.#members());
  }

  async nodes(): Promise<readonly number[]> {
    return this.#nodes;
  }

  async upload({ contentType, body, nodes }: UploadRequest): Promise<UploadReply> {
    let name = "";
    let sent: Promise<Sent> | undefined;
    // Decoding is work: the nodes take turns.
    const through = nodes[this.#uploads++ % nodes.length];
    const { promise: formEnded, resolve: endForm } = Promise.withResolvers<boolean>();
    const form = await readForm(Readable.fromWeb(body), contentType, (given, file) => {
      name = given;
      sent = this.#ingest(file, through, nodes, formEnded);
    });
    endForm(form.kind === "complete");
    const outcome = await sent;
    if (form.kind === "malformed") return { ok: false, refusal: "malformed", detail: form.reason };
    if (form.kind === "no-file" || outcome === undefined) {
      return { ok: false, refusal: "no-file", detail: "the form needs a field `file` with a file in it" };
    }
    if (form.kind === "too-large") return { ok: false, refusal: "too-large", detail: "the file is too large" };
    if (outcome === "unreached") {
      return { ok: false, refusal: "unreached", detail: `node ${through} cannot be reached` };
    }
    const { rejection, detail, type, size, sha256 } = outcome;
    if (isRejection(rejection)) return { ok: false, refusal: rejection, detail };
    return { ok: true, staged: { name, type: PictureType.parse(type), size, sha256 } };
  }

  async read({ filename, nodes, thumbnail }: ReadBlobRequest): Promise<ReadBlob | undefined> {
    for (const node of nodes) {
      const stub = this.#stubs.get(node);
      const blob = stub && (await readFrom(stub, filename, thumbnail));
      if (blob !== undefined) return blob;
    }
    return undefined;
  }

  replicas(filename: string): Promise<readonly ReplicaState[]> {
    return Promise.all(
      this.#nodes.map(
        (node) =>
          new Promise<ReplicaState>((resolve) => {
            const deadline = Date.now() + FIND_TIMEOUT_MS;
            this.#stubs.get(node)?.find({ filename }, new Metadata(), { deadline }, (error, found) => {
              if (error !== null) resolve({ node, state: "unreached" });
              else resolve({ node, state: found.held ? "held" : "absent" });
            });
          }),
      ),
    );
  }

  async reachable(): Promise<number | undefined> {
    for (const node of this.#nodes) {
      const reached = new Promise<boolean>((resolve) => {
        this.#stubs.get(node)?.waitForReady(Date.now() + REACH_TIMEOUT_MS, (error) => resolve(error === undefined));
      });
      if (await reached) return node;
    }
    return undefined;
  }

  close(): void {
    this.#stubs.close();
  }

  /** One of the nodes takes it and passes it on. What is not the end of a whole form is cancelled there. */
  async #ingest(
    file: Readable,
    through: number | undefined,
    nodes: readonly number[],
    whole: Promise<boolean>,
  ): Promise<Sent> {
    const stub = through === undefined ? undefined : this.#stubs.get(through);
    if (stub === undefined) {
      file.resume();
      return "unreached";
    }
    const { promise, resolve } = Promise.withResolvers<Sent>();
    const deadline = Date.now() + UPLOAD_TIMEOUT_MS;
    const call: ClientWritableStream<IngestPart> = stub.ingest(new Metadata(), { deadline }, (error, ingested) =>
      resolve(error === null ? ingested : "unreached"),
    );
    call.on("error", () => {});
    call.write({ part: { $case: "targets", targets: { nodes: [...nodes] } } });
    try {
      // Kept when the node has answered early: the form goes on behind it.
      await sendChunks(call, promise, file.iterator({ destroyOnReturn: false }), message);
    } catch {
      call.cancel();
      return "unreached";
    }
    file.resume();
    if (await whole) call.end();
    else call.cancel();
    return promise;
  }
}

const message = (chunk: Buffer): IngestPart => ({ part: { $case: "chunk", chunk } });

type Sent = Ingested | "unreached";

async function readFrom(stub: BlobsClient, filename: string, thumbnail: boolean): Promise<ReadBlob | undefined> {
  const call = stub.read({ filename, thumbnail }, new Metadata(), { deadline: Date.now() + READ_TIMEOUT_MS });
  const head = await firstMessage(call);
  if (head === undefined) {
    call.cancel();
    return undefined;
  }
  const { type, size, sha256 } = head;
  return { type, size, sha256, body: bodyOf(call) };
}

/** Undefined when the call ends before, or does not begin in time. */
async function firstMessage(call: ClientReadableStream<ReadPart>): Promise<Head | undefined> {
  call.on("error", () => {});
  const signal = AbortSignal.timeout(FIRST_BYTE_TIMEOUT_MS);
  try {
    await once(call, "readable", { signal });
  } catch {
    return undefined;
  }
  const first: ReadPart | null = call.read();
  return first?.part?.$case === "head" ? first.part.head : undefined;
}

function bodyOf(call: ClientReadableStream<ReadPart>): ReadableStream<Uint8Array> {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const message of call) {
        const part: ReadPart["part"] = message.part;
        if (part?.$case === "chunk") yield part.chunk;
      }
    } finally {
      call.cancel();
    }
  };
  return ReadableStream.from(chunks());
}
