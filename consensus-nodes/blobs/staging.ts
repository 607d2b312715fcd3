/**
 * Pictures on their way in: what arrives, and what is complete and waits for the transaction that stores it. Neither outlives the
 * process, for no promise is made on it yet.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Disk } from "./disk.ts";

/** A transaction begins right after its bytes are there, and asks for its votes for a second. */
const LIFETIME_MS = 60_000;
const SWEEP_INTERVAL_MS = 15_000;

interface Staged {
  readonly path: string;
  /** Milliseconds, monotonic. */
  readonly since: number;
}

export class Staging {
  readonly #folder: string;
  readonly #disk: Disk;
  /** By hash: each upload brings its own copy. */
  readonly #staged = new Map<string, Staged[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(folder: string, disk: Disk) {
    this.#folder = folder;
    this.#disk = disk;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#timer = setInterval(() => void this.sweep(performance.now() - LIFETIME_MS), SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  /** A name for a file that is about to arrive. Whoever asks removes it. */
  newFile(): string {
    return join(this.#folder, randomUUID());
  }

  /** Takes over a complete file, which must have this hash, under a name of its own. Its bytes are durable when this returns. */
  async add(file: string, sha256: string): Promise<void> {
    await this.#disk.sync(file);
    const path = this.newFile();
    await rename(file, path);
    this.#staged.set(sha256, [...(this.#staged.get(sha256) ?? []), { path, since: performance.now() }]);
  }

  /** Hands over one file with this hash and size; undefined when there is none. */
  async take(sha256: string, size: number): Promise<string | undefined> {
    const [first, ...rest] = this.#staged.get(sha256) ?? [];
    if (first === undefined) return undefined;
    if (rest.length === 0) this.#staged.delete(sha256);
    else this.#staged.set(sha256, rest);
    if ((await stat(first.path)).size === size) return first.path;
    await rm(first.path, { force: true });
    return undefined;
  }

  /** Removes what came before: no transaction asked for it. @param before milliseconds, monotonic */
  async sweep(before: number): Promise<void> {
    for (const [sha256, files] of this.#staged) {
      const kept = files.filter(({ since }) => since >= before);
      if (kept.length === files.length) continue;
      if (kept.length === 0) this.#staged.delete(sha256);
      else this.#staged.set(sha256, kept);
      await Promise.all(files.filter((file) => !kept.includes(file)).map(({ path }) => rm(path, { force: true })));
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
