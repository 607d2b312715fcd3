/** The snapshots of one group on this node's disk; the newest whole one counts. */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  DamagedSnapshot,
  type DecodedSnapshot,
  decodeSnapshot,
  SnapshotEncoder,
  type SnapshotHead,
} from "./snapshot-format.ts";

/** Milliseconds of work on a snapshot before others get their turn: commands go on meanwhile. */
const SLICE_MS = 4;
/** Characters gathered before they are written. */
const WRITE_CHARACTERS = 256 * 1024;
const WRITING = ".new";
const FETCHING = ".part";
/** The one before is kept too: it is there while a newer one is written and sent. */
const KEEP = 2;

export interface StoredSnapshot {
  readonly head: SnapshotHead;
  readonly file: string;
}

export class SnapshotStore {
  readonly #folder: string;

  /** Makes the folder, and removes what an interrupted writing left. What was fetched in part stays. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) if (name.endsWith(WRITING)) rmSync(join(folder, name));
  }

  /**
   * The newest one, verified. Older ones are no way back: the log after them may be gone.
   * @throws {DamagedSnapshot} naming the file.
   */
  newest(): (DecodedSnapshot & StoredSnapshot) | undefined {
    const file = this.#files().at(-1);
    return file === undefined ? undefined : readSnapshot(file);
  }

  /** The newest that ends with `index` or before. @throws {DamagedSnapshot} naming the file. */
  upTo(index: number): (DecodedSnapshot & StoredSnapshot) | undefined {
    const file = this.#files().findLast((candidate) => candidate <= this.path(index));
    return file === undefined ? undefined : readSnapshot(file);
  }

  /** Writes one while others go on; durable when it resolves. */
  async write(
    head: SnapshotHead,
    values: Iterable<unknown>,
    onStep: (step: "begun" | "written" | "named") => void = () => {},
  ): Promise<StoredSnapshot> {
    const file = this.path(head.index);
    const temporary = `${file}${WRITING}`;
    const handle = await open(temporary, "w", 0o600);
    try {
      const encoder = new SnapshotEncoder();
      let text = encoder.head(head);
      onStep("begun");
      let sliceEnd = performance.now() + SLICE_MS;
      for (const value of values) {
        text += encoder.value(value);
        if (text.length >= WRITE_CHARACTERS) {
          await handle.write(text);
          text = "";
        }
        if (performance.now() < sliceEnd) continue;
        await nextTurn();
        sliceEnd = performance.now() + SLICE_MS;
      }
      await handle.write(text + encoder.end());
      await handle.sync();
    } finally {
      await handle.close();
    }
    onStep("written");
    this.adopt(temporary, head.index);
    onStep("named");
    return { head, file };
  }

  /** Names what was written, and synced, beside; older ones go. Durable when it returns. */
  adopt(temporary: string, index: number): void {
    renameSync(temporary, this.path(index));
    const directory = openSync(this.#folder, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
    for (const old of this.#files().slice(0, -KEEP)) rmSync(old, { force: true });
  }

  /** Where what is fetched of a snapshot goes; other beginnings are removed. */
  partFor(index: number): string {
    const part = `${this.path(index)}${FETCHING}`;
    for (const name of readdirSync(this.#folder)) {
      const other = join(this.#folder, name);
      if (name.endsWith(FETCHING) && other !== part) rmSync(other);
    }
    return part;
  }

  path(index: number): string {
    return join(this.#folder, `${String(index).padStart(16, "0")}.snapshot`);
  }

  #files(): string[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith(".snapshot"));
    return names.sort().map((name) => join(this.#folder, name));
  }
}

/** @throws {DamagedSnapshot} naming the file. */
export function readSnapshot(file: string): DecodedSnapshot & StoredSnapshot {
  try {
    return { ...decodeSnapshot(readFileSync(file)), file };
  } catch (error) {
    if (error instanceof DamagedSnapshot) throw new DamagedSnapshot(`${file}: ${error.message}`);
    throw error;
  }
}
