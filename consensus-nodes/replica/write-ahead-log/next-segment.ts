/** Makes the next segment before it is needed: zeros on the disk, for a write into those is durable in half the time. */
import { openSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Segment } from "./segment.ts";
import { segmentPath } from "./segment-files.ts";
import { segmentSeed } from "./segment-header.ts";
import { zeros } from "./zeros.ts";

/** Written and synced at a time: small steps, so that a commit never finds the disk busy with megabytes of zeros. */
const STEP_BYTES = 256 * 1024;

export interface NextSegmentOptions {
  readonly directory: string;
  readonly identity: Uint8Array;
  /** Bytes of a segment. */
  readonly capacity: number;
  /** The segment handed out last has its file. */
  onReady(): void;
  onFailure(error: Error): void;
}

export class NextSegment {
  readonly #options: NextSegmentOptions;
  #segment: Segment | undefined;
  #making: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: NextSegmentOptions) {
    this.#options = options;
  }

  /** Begins, unless it has. */
  prepare(sequence: number): void {
    if (this.#segment !== undefined) return;
    const { directory, identity, capacity } = this.#options;
    const path = segmentPath(directory, sequence);
    const seed = segmentSeed(identity, sequence);
    const segment: Segment = { path, sequence, capacity, seed, file: undefined, end: 0 };
    this.#segment = segment;
    // One after the other, so that there is never a later file without the earlier one.
    this.#making = this.#making
      .then(() => this.#make(segment))
      .catch((error: unknown) => {
        this.#options.onFailure(error instanceof Error ? error : new Error(String(error)));
      });
  }

  /** Hands it out: perhaps without its file, which then comes later. */
  take(sequence: number): Segment {
    this.prepare(sequence);
    const segment = this.#segment;
    if (segment?.sequence !== sequence) throw new Error(`expected segment ${sequence}, found ${segment?.sequence}`);
    this.#segment = undefined;
    return segment;
  }

  /** @returns the segment that nobody took */
  async stop(): Promise<Segment | undefined> {
    this.#stopped = true;
    await this.#making;
    return this.#segment;
  }

  async #make(segment: Segment): Promise<void> {
    if (this.#stopped) return;
    const handle = await open(segment.path, "wx");
    try {
      for (let at = 0; at < segment.capacity && !this.#stopped; ) {
        const step = zeros(Math.min(STEP_BYTES, segment.capacity - at));
        at += (await handle.write(step, 0, step.length, at)).bytesWritten;
        await handle.datasync();
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const folder = await open(this.#options.directory, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    if (this.#stopped) return;
    segment.file = openSync(segment.path, "r+");
    this.#options.onReady();
  }
}
