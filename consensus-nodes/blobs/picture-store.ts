/**
 * The pictures on one node's disk, as a resource of two-phase commit. Names on disk are hashes: nothing a user chose.
 *
 *     staging/<random>               arriving, or complete and waiting (staging.ts)
 *     promised/<hash of the id>      bytes of a store that this node has voted yes on
 *     held/<hash of the name>.bin    the bytes; written before, and removed after
 *     held/<hash of the name>.json   what they are: while it is there, the node holds the picture
 *     thumbnails/<hash of both>.webp once somebody wanted one
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { DamagedLog } from "../replica/write-ahead-log/damaged-log.ts";
import type { LocalResource } from "../two-phase-commit/local-resource.ts";
import {
  Filename,
  type PictureOperation,
  PictureType,
  parsePictureOperation,
  Sha256,
} from "../wire/picture-operation.ts";
import { Disk, isMissing } from "./disk.ts";
import { Staging } from "./staging.ts";

const HeldPicture = z.object({ filename: Filename, sha256: Sha256, size: z.int().min(1), type: PictureType });
export type HeldPicture = Readonly<z.infer<typeof HeldPicture>>;

type Store = Extract<PictureOperation, { readonly pictures: "store" }>;

export interface PictureStoreOptions {
  readonly folder: string;
  /** A sync failed. */
  readonly onFailure: (error: Error) => void;
  /** Whether this node was told to vote no on the transaction. */
  readonly voteAbort: (id: string) => boolean;
  /** Tells the catalog that this node no longer holds it; once more after a crash. @throws when that is not known to be done */
  readonly tellCatalog: (filename: string) => Promise<void>;
}

export class PictureStore implements LocalResource {
  readonly staging: Staging;
  readonly #options: PictureStoreOptions;
  readonly #disk: Disk;
  /** By file name: what held/ says. */
  readonly #held = new Map<string, HeldPicture>();

  /** @throws {DamagedLog} when held/ does not have what it says. */
  constructor(options: PictureStoreOptions) {
    this.#options = options;
    this.#disk = new Disk(options.onFailure);
    this.staging = new Staging(join(options.folder, "staging"), this.#disk);
    for (const name of ["promised", "held", "thumbnails"])
      mkdirSync(join(options.folder, name), { recursive: true, mode: 0o700 });
    for (const name of readdirSync(join(options.folder, "held"))) {
      if (name.endsWith(".draft")) rmSync(join(options.folder, "held", name));
      else if (name.endsWith(".json")) this.#load(join(options.folder, "held", name));
    }
  }

  /** To be called at the start: drops the bytes of votes that never became promises. @param ids transactions that wait */
  keepPromised(ids: Iterable<string>): void {
    const folder = join(this.#options.folder, "promised");
    const kept = new Set([...ids].map(hash));
    for (const name of readdirSync(folder)) if (!kept.has(name)) rmSync(join(folder, name));
  }

  find(filename: string): HeldPicture | undefined {
    return this.#held.get(filename);
  }

  /** The picture with its bytes, which stay readable when it is removed. The caller closes the file. */
  async open(filename: string): Promise<{ readonly picture: HeldPicture; readonly file: FileHandle } | undefined> {
    for (;;) {
      const picture = this.#held.get(filename);
      if (picture === undefined) return undefined;
      const file = await open(this.pathOf(filename, "bin"), "r").catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      // Removed, or replaced, between the two: look again.
      if (file !== undefined && this.#held.get(filename) === picture) return { picture, file };
      await file?.close();
    }
  }

  pathOf(filename: string, kind: "bin" | "json"): string {
    return join(this.#options.folder, "held", `${hash(filename)}.${kind}`);
  }

  /** Of what may not have been made yet. */
  thumbnailPath({ filename, sha256 }: HeldPicture): string {
    return join(this.#options.folder, "thumbnails", `${hash(`${sha256} ${filename}`)}.webp`);
  }

  understands(operation: string): boolean {
    return parsePictureOperation(operation) !== undefined;
  }

  keys(operation: string): readonly string[] {
    return [`picture ${parse(operation).filename}`];
  }

  async check(id: string, operation: string): Promise<string | undefined> {
    if (this.#options.voteAbort(id)) return "told to vote abort";
    const parsed = parse(operation);
    const held = this.#held.get(parsed.filename);
    if (parsed.pictures === "remove") return held === undefined ? "the picture is not here" : undefined;
    if (held !== undefined) return held.sha256 === parsed.sha256 ? undefined : "another picture of that name is here";
    const staged = await this.staging.take(parsed.sha256, parsed.size);
    if (staged === undefined) return "its bytes are not laid ready";
    await this.#disk.move(staged, this.#promised(id));
    return undefined;
  }

  async commit(id: string, operation: string): Promise<void> {
    const parsed = parse(operation);
    if (parsed.pictures === "store") return this.#store(id, parsed);
    const { filename, tell } = parsed;
    const held = this.#held.get(filename);
    this.#held.delete(filename);
    await this.#disk.remove(this.pathOf(filename, "json"));
    await rm(this.pathOf(filename, "bin"), { force: true });
    if (held !== undefined) await rm(this.thumbnailPath(held), { force: true });
    if (tell === true) await this.#options.tellCatalog(filename);
  }

  async abort(id: string, operation: string): Promise<void> {
    const parsed = parse(operation);
    if (parsed.pictures === "remove") return;
    // Back to where it came from: it may be tried again.
    const promised = this.#promised(id);
    if (existsSync(promised)) await this.staging.add(promised, parsed.sha256);
  }

  close(): void {
    this.staging.close();
  }

  async #store(id: string, { filename, sha256, size, type }: Store): Promise<void> {
    if (this.#held.get(filename)?.sha256 === sha256) return;
    const bytes = this.pathOf(filename, "bin");
    const moved = await this.#disk.move(this.#promised(id), bytes);
    if (!moved && !existsSync(bytes)) throw new Error(`the bytes promised to transaction ${id} are gone`);
    const picture = { filename, sha256, size, type };
    await this.#disk.replace(this.pathOf(filename, "json"), JSON.stringify(picture));
    this.#held.set(filename, picture);
  }

  #promised(id: string): string {
    return join(this.#options.folder, "promised", hash(id));
  }

  #load(path: string): void {
    const parsed = HeldPicture.safeParse(parseJson(readFileSync(path, "utf8")));
    if (!parsed.success) throw new DamagedLog(path, 0, "does not describe a picture");
    const bytes = this.pathOf(parsed.data.filename, "bin");
    const size = statSync(bytes, { throwIfNoEntry: false })?.size;
    if (size !== parsed.data.size) {
      throw new DamagedLog(bytes, size ?? 0, `${parsed.data.size} bytes of a picture should be here`);
    }
    this.#held.set(parsed.data.filename, parsed.data);
  }
}

function parse(operation: string): PictureOperation {
  const parsed = parsePictureOperation(operation);
  if (parsed === undefined) throw new Error("not an operation of pictures");
  return parsed;
}

function hash(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
