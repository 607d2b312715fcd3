/**
 * Brings what this node should hold, and its disk has not: what the catalog says it holds, for a node that lost its folder was let
 * in again with an empty one; and what is meant for every node, and was shared while this one was not there. Each picture comes from another node that holds it, and is stored by a transaction like any other, so that a delete
 * which comes in between wins or waits, and nothing that was deleted comes back.
 */
import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Metadata } from "@grpc/grpc-js";
import type { ReadPart } from "../../proto/generated/blobs.ts";
import type { BlobStubs } from "../client/blob-stubs.ts";
import type { Core } from "../client/core.ts";
import type { Picture } from "../machines/pictures.ts";
import { PictureOperation } from "../wire/picture-operation.ts";
import { hashOf, receive } from "./ingest.ts";
import type { PictureStore } from "./picture-store.ts";

/** The groups have a leader by then, most of the time; and what starts is not held up. */
const FIRST_AFTER_MS = 1000;
/** Between two attempts, when something was not reached. */
const AGAIN_AFTER_MS = 2000;
/** An upload that began before this node was one of the picture nodes has ended by then. */
const LATE_UPLOADS_MS = 40_000;
const READ_TIMEOUT_MS = 30_000;
/** Rounds in which nobody has a picture before it counts as lost: one that is just being stored is in the catalog a moment sooner. */
const ROUNDS_TO_LOSE = 3;

export interface RepairOptions {
  readonly id: number;
  /** Whether uploads come to this node by now. */
  readonly isPictureNode: () => boolean;
  readonly store: PictureStore;
  readonly stubs: BlobStubs;
  readonly core: () => Core;
  readonly onRepaired: (filename: string) => void;
  /** No node has it any more: the catalog forgets that this one did. */
  readonly onLost: (filename: string) => void;
  readonly onFailure: (error: unknown) => void;
}

type Fetched = "fetched" | "nowhere" | "unreached";

export class Repair {
  readonly #options: RepairOptions;
  readonly #ended = new AbortController();
  /** By file name and hash: rounds in which nobody had it. */
  readonly #nowhere = new Map<string, number>();

  constructor(options: RepairOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is missing, or it was closed. */
  async run(): Promise<void> {
    const { signal } = this.#ended;
    try {
      await pause(FIRST_AFTER_MS, undefined, { signal });
      await this.#complete();
      await pause(LATE_UPLOADS_MS, undefined, { signal });
      await this.#complete();
    } catch (error) {
      if (!signal.aborted) this.#options.onFailure(error);
    }
  }

  close(): void {
    this.#ended.abort();
  }

  async #complete(): Promise<void> {
    const { signal } = this.#ended;
    while (!(await this.#round())) await pause(AGAIN_AFTER_MS, undefined, { signal });
  }

  /** @returns whether nothing is missing any more. */
  async #round(): Promise<boolean> {
    const { id, isPictureNode, store, core } = this.#options;
    let complete = isPictureNode();
    try {
      const wanted = (await core().pictures.list({})).filter(
        ({ nodes, everywhere }) => everywhere || nodes.includes(id),
      );
      for (const picture of wanted) {
        if (this.#ended.signal.aborted) return true;
        if (store.find(picture.filename) === undefined) complete = (await this.#restore(picture)) && complete;
      }
    } catch {
      // No leader at the moment.
      return false;
    }
    return complete;
  }

  async #restore(picture: Picture): Promise<boolean> {
    const { id, core, onRepaired, onLost } = this.#options;
    const { filename, sha256, size } = picture;
    const fetched = await this.#fetch(picture);
    if (fetched === "unreached") return false;
    if (fetched === "nowhere") {
      const name = `${sha256} ${filename}`;
      const rounds = (this.#nowhere.get(name) ?? 0) + 1;
      this.#nowhere.set(name, rounds);
      if (rounds < ROUNDS_TO_LOSE) return false;
      await core().pictures.removeFrom({ filename, node: id });
      onLost(filename);
      return true;
    }
    const operation = PictureOperation.parse({ pictures: "store", filename, sha256, size, type: picture.type });
    const { kind } = await core().transact([
      { group: "pictures", command: "confirm", input: { filename, sha256, node: id } },
      { node: id, operation: JSON.stringify(operation) },
    ]);
    if (kind === "committed") onRepaired(filename);
    // Else it was deleted meanwhile, or is in somebody's way: the next round sees.
    return kind === "committed";
  }

  async #fetch({ filename, sha256, nodes }: Picture): Promise<Fetched> {
    const { id, store, stubs } = this.#options;
    let reached = true;
    for (const node of nodes) {
      const stub = node === id ? undefined : stubs.get(node);
      if (stub === undefined) continue;
      const path = store.staging.newFile();
      try {
        const call = stub.read({ filename, thumbnail: false }, new Metadata(), {
          deadline: Date.now() + READ_TIMEOUT_MS,
        });
        const whole = (await receive(chunksOf(call), path)) && (await hashOf(path)) === sha256;
        if (!whole) continue;
        await store.staging.add(path, sha256);
        return "fetched";
      } catch {
        reached = false;
      } finally {
        await rm(path, { force: true });
      }
    }
    return reached && nodes.every((node) => node === id) ? "nowhere" : "unreached";
  }
}

async function* chunksOf(parts: AsyncIterable<ReadPart>): AsyncIterable<Buffer> {
  for await (const { part } of parts) if (part?.$case === "chunk") yield Buffer.from(part.chunk);
}
