import { type FileHandle, open } from "node:fs/promises";
import type { Head } from "../../proto/generated/blobs.ts";
import type { PictureStore } from "./picture-store.ts";

/** Bytes in one message. */
const CHUNK_BYTES = 64 * 1024;

/** A file that is open for as long as it is read. */
export interface Readable {
  readonly head: Head;
  readonly chunks: AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** @returns undefined when this node does not hold it. */
export async function readHeld(store: PictureStore, filename: string): Promise<Readable | undefined> {
  const opened = await store.open(filename);
  return opened && readable(opened.file, opened.picture);
}

/** @returns undefined when there is no such file. */
export async function readFileAs(path: string, head: Omit<Head, "size">): Promise<Readable | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  return file && readable(file, { ...head, size: (await file.stat()).size });
}

function readable(file: FileHandle, { type, size, sha256 }: Head): Readable {
  return {
    head: { type, size, sha256 },
    chunks: file.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false }),
    close: () => file.close(),
  };
}
