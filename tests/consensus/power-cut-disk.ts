/**
 * A disk whose power goes: of what was not synced by then, each sector is on the disk or is as it was before. The files
 * themselves are real, so that a log opened afterwards finds what such a disk would hold.
 */
import { readSync, writeSync } from "node:fs";
import type { LogIo } from "../../consensus-nodes/replica/write-ahead-log/log-io.ts";

const SECTOR_BYTES = 512;

export class PowerCutDisk implements LogIo {
  /** Calls that are still completed. */
  #calls: number;
  readonly #keep: () => boolean;
  /** By file and offset: the sectors written since the last sync, as they were before. */
  readonly #unsynced = new Map<number, Map<number, Buffer>>();

  /**
   * The power goes during call number `calls` (of both kinds, from 0), once its bytes are under way; that call fails.
   * `keep` is asked for each sector written and not synced whether it came through.
   */
  constructor(calls: number, keep: () => boolean) {
    this.#calls = calls;
    this.#keep = keep;
  }

  write(
    file: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, written: number) => void,
  ): void {
    const sectors = this.#unsynced.get(file) ?? new Map<number, Buffer>();
    this.#unsynced.set(file, sectors);
    for (let at = position - (position % SECTOR_BYTES); at < position + length; at += SECTOR_BYTES) {
      if (sectors.has(at)) continue;
      const before = Buffer.alloc(SECTOR_BYTES);
      readSync(file, before, 0, SECTOR_BYTES, at);
      sectors.set(at, before);
    }
    writeSync(file, buffer, offset, length, position);
    this.#complete((error) => callback(error, length));
  }

  fdatasync(file: number, callback: (error: Error | null) => void): void {
    this.#complete((error) => {
      if (error === null) this.#unsynced.delete(file);
      callback(error);
    });
  }

  #complete(callback: (error: Error | null) => void): void {
    this.#calls -= 1;
    if (this.#calls >= 0) {
      setImmediate(callback, null);
      return;
    }
    for (const [file, sectors] of this.#unsynced) {
      for (const [at, before] of sectors) if (!this.#keep()) writeSync(file, before, 0, SECTOR_BYTES, at);
    }
    this.#unsynced.clear();
    setImmediate(callback, new Error("no power"));
  }
}
