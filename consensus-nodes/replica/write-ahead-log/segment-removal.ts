/** Removes segments that are not needed any more, oldest first, and each durably: a power cut must leave no gap between those that remain. */
import { open, unlink } from "node:fs/promises";
import { segmentPath } from "./segment-files.ts";

export class SegmentRemoval {
  readonly #directory: string;
  readonly #onFailure: (error: Error) => void;
  /** The oldest there is. */
  #oldest: number;
  /** Those before it are to go. */
  #needed: number;
  #removing: Promise<void> | undefined;
  #stopped = false;

  constructor(directory: string, oldest: number, onFailure: (error: Error) => void) {
    this.#directory = directory;
    this.#oldest = oldest;
    this.#needed = oldest;
    this.#onFailure = onFailure;
  }

  removeBefore(sequence: number): void {
    this.#needed = Math.max(this.#needed, sequence);
    if (this.#removing !== undefined || this.#stopped || this.#oldest >= this.#needed) return;
    this.#removing = this.#remove()
      .catch((error: unknown) => this.#onFailure(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        this.#removing = undefined;
      });
  }

  /** Resolves when the one that is being removed is gone; the others are found again at the next compaction. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#removing;
  }

  async #remove(): Promise<void> {
    while (this.#oldest < this.#needed && !this.#stopped) {
      await unlink(segmentPath(this.#directory, this.#oldest));
      const folder = await open(this.#directory, "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
      this.#oldest += 1;
    }
  }
}
