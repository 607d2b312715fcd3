/** Snapshots of one group as a node keeps them: on its disk, and, when it is too far behind, from another node's. */
import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { DamagedSnapshot, type SnapshotHead } from "./snapshot-format.ts";
import type { Snapshot, SnapshotStorage } from "./snapshot-storage.ts";
import { readSnapshot, SnapshotStore } from "./snapshot-store.ts";

/** Times that a transfer which breaks is taken up again before the leader has to offer anew. */
const MAX_ATTEMPTS = 5;
const RETRY_MS = 100;
/** Milliseconds of hashing before others get their turn. */
const SLICE_MS = 4;

/** The bytes of another node's snapshot, from `offset` to the end. Ends with an error when they stop coming. */
export type SnapshotSource = (from: number, index: number, offset: number) => AsyncIterable<Uint8Array>;

/** Where a test may make the node die; each is named for what has just happened. */
export type SnapshotStep = "begun" | "written" | "named" | "fetched" | "taken";

export interface SnapshotFilesOptions {
  readonly folder: string;
  readonly machine: string;
  readonly source: SnapshotSource;
  readonly onStep: (step: SnapshotStep) => void;
  /** The disk failed: the process has to end. */
  readonly onFailure: (error: Error) => void;
  /** A transfer broke, or what came is not what was asked for; it may be tried again. */
  readonly onBroken: (error: Error) => void;
}

export class SnapshotFiles implements SnapshotStorage {
  readonly newest: Snapshot | undefined;
  readonly #options: SnapshotFilesOptions;
  readonly #store: SnapshotStore;
  #closed = false;

  /** @throws {DamagedSnapshot} */
  constructor(options: SnapshotFilesOptions) {
    this.#options = options;
    this.#store = new SnapshotStore(options.folder);
    this.newest = this.#store.newest();
  }

  /** Of the snapshot that ends with `index`. */
  path(index: number): string {
    return this.#store.path(index);
  }

  /** The newest that ends with `index` or before; undefined when there is none. @throws {DamagedSnapshot} */
  upTo(index: number): Snapshot | undefined {
    return this.#store.upTo(index);
  }

  close(): void {
    this.#closed = true;
  }

  write(head: SnapshotHead, values: Iterable<unknown>, done: (bytes: number) => void): void {
    this.#store
      .write(head, values, this.#options.onStep)
      .then(async ({ file }) => (await stat(file)).size)
      .then(
        (bytes) => !this.#closed && done(bytes),
        (error: unknown) => !this.#closed && this.#options.onFailure(asError(error)),
      );
  }

  fetch(from: number, index: number, done: (snapshot: Snapshot | undefined) => void): void {
    this.#fetch(from, index).then(
      (snapshot) => !this.#closed && done(snapshot),
      (error: unknown) => !this.#closed && this.#options.onFailure(asError(error)),
    );
  }

  digest(values: Iterable<unknown>, done: (hash: string) => void): void {
    this.#digest(values).then(
      (hash) => !this.#closed && done(hash),
      (error: unknown) => !this.#closed && this.#options.onFailure(asError(error)),
    );
  }

  async #fetch(from: number, index: number): Promise<Snapshot | undefined> {
    const part = this.#store.partFor(index);
    for (let attempt = 0; attempt < MAX_ATTEMPTS && !this.#closed; attempt++) {
      if (attempt > 0) await pause(RETRY_MS);
      if (!(await this.#append(part, from, index))) continue;
      const snapshot = this.#verified(part, index);
      if (snapshot === undefined) {
        await truncate(part);
        continue;
      }
      this.#options.onStep("fetched");
      this.#store.adopt(part, index);
      this.#options.onStep("taken");
      return snapshot;
    }
    return undefined;
  }

  /** Adds what is missing of the file, durably. @returns false when the stream broke; what came of it stays. */
  async #append(part: string, from: number, index: number): Promise<boolean> {
    const handle = await open(part, "a", 0o600);
    try {
      const chunks = this.#options.source(from, index, (await handle.stat()).size)[Symbol.asyncIterator]();
      for (;;) {
        let next: IteratorResult<Uint8Array>;
        try {
          next = await chunks.next();
        } catch (error) {
          this.#options.onBroken(asError(error));
          return false;
        }
        if (next.done || this.#closed) break;
        await handle.write(next.value);
      }
      await handle.sync();
      return true;
    } finally {
      await handle.close();
    }
  }

  #verified(part: string, index: number): Snapshot | undefined {
    try {
      const snapshot = readSnapshot(part);
      if (snapshot.head.index === index && snapshot.head.machine === this.#options.machine) return snapshot;
      this.#options.onBroken(new Error(`asked for entry ${index}, the snapshot ends with ${snapshot.head.index}`));
    } catch (error) {
      if (!(error instanceof DamagedSnapshot)) throw error;
      this.#options.onBroken(error);
    }
    return undefined;
  }

  async #digest(values: Iterable<unknown>): Promise<string> {
    const hash = createHash("sha256");
    let sliceEnd = performance.now() + SLICE_MS;
    for (const value of values) {
      hash.update(`${JSON.stringify(value)}\n`);
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
    return hash.digest("hex");
  }
}

async function truncate(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.truncate(0);
  } finally {
    await handle.close();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
