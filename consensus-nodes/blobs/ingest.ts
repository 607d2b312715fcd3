/** A file as a user sent it, to a clean picture that is laid ready on the nodes that are to have it. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Metadata } from "@grpc/grpc-js";
import type { Ingested, StagePart } from "../../proto/generated/blobs.ts";
import type { BlobStubs } from "../client/blob-stubs.ts";
import { sendChunks } from "../client/send-chunks.ts";
import { MAX_PICTURE_BYTES } from "../wire/picture-limits.ts";
import type { Rejection } from "../wire/rejection.ts";
import type { Images } from "./images.ts";
import type { PictureStore } from "./picture-store.ts";

/** Uploads at once on one node: each is a file on its disk. */
const MAX_UPLOADS = 8;
/** For one node to take a picture from another. */
const STAGE_TIMEOUT_MS = 10_000;

export interface IngestOptions {
  readonly id: number;
  readonly store: PictureStore;
  readonly images: Images;
  readonly stubs: BlobStubs;
}

export class Ingest {
  readonly #options: IngestOptions;
  #running = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /** @throws what reading the file throws: nothing of it stays. */
  async run(file: AsyncIterable<Buffer>, nodes: readonly number[]): Promise<Ingested> {
    if (this.#running >= MAX_UPLOADS) return rejected("busy", "too many uploads are under way");
    this.#running += 1;
    const { staging } = this.#options.store;
    const raw = staging.newFile();
    const clean = staging.newFile();
    try {
      return await this.#ingest(file, nodes, raw, clean);
    } finally {
      this.#running -= 1;
      // What was laid ready here has another owner now.
      await Promise.all([rm(raw, { force: true }), rm(clean, { force: true })]);
    }
  }

  async #ingest(file: AsyncIterable<Buffer>, nodes: readonly number[], raw: string, clean: string): Promise<Ingested> {
    if (!(await receive(file, raw))) return rejected("too-large", `at most ${MAX_PICTURE_BYTES} bytes`);
    const { images, id, store } = this.#options;
    const judged = await images.run({ job: "clean", input: raw, output: clean });
    if (!judged.ok) return rejected(judged.rejection, judged.detail);
    const picture = judged.rewritten ? clean : raw;
    const { size } = await stat(picture);
    if (size > MAX_PICTURE_BYTES) return rejected("too-large", `without its metadata it has ${size} bytes`);
    const sha256 = await hashOf(picture);

    const others = nodes.filter((node) => node !== id);
    const reached = await Promise.all(others.map((node) => this.#send(node, picture, sha256)));
    const missed = others.filter((_, position) => reached[position] !== true);
    if (missed.length > 0) return rejected("unreached", `node ${missed.join(", ")} cannot be reached`);
    if (nodes.includes(id)) await store.staging.add(picture, sha256);
    return { type: judged.type, size, sha256, rejection: "", detail: "" };
  }

  /** @returns whether the node has it ready. */
  async #send(node: number, path: string, sha256: string): Promise<boolean> {
    const stub = this.#options.stubs.get(node);
    if (stub === undefined) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const call = stub.stage(new Metadata(), { deadline: Date.now() + STAGE_TIMEOUT_MS }, (error) =>
      resolve(error === null),
    );
    call.on("error", () => {});
    call.write({ part: { $case: "sha256", sha256 } });
    const message = (chunk: Buffer): StagePart => ({ part: { $case: "chunk", chunk } });
    await sendChunks(call, promise, createReadStream(path), message);
    call.end();
    return promise;
  }
}

/** Writes what comes to a file. @returns false when it is too much. */
export async function receive(chunks: AsyncIterable<Buffer>, path: string): Promise<boolean> {
  let size = 0;
  const bounded = async function* () {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > MAX_PICTURE_BYTES) return;
      yield chunk;
    }
  };
  await pipeline(bounded, createWriteStream(path, { mode: 0o600, flags: "wx" }));
  return size <= MAX_PICTURE_BYTES;
}

/** In hexadecimal. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

function rejected(rejection: Rejection, detail: string): Ingested {
  return { type: "", size: 0, sha256: "", rejection, detail };
}
