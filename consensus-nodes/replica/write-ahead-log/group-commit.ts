/**
 * One write and one sync for all that waits: while a batch is on its way to the disk, the next one gathers. Batches go one at a
 * time and in order, which recovery relies on (see torn-tail.ts).
 */
import type { LogIo } from "./log-io.ts";
import { closeSegment, type Segment } from "./segment.ts";
import { WriteBatch } from "./write-batch.ts";

/** Of a new buffer, in bytes: room for a few hundred small entries. */
const FIRST_BUFFER_BYTES = 64 * 1024;
/** Kept for later batches: one is filled while the other is written. */
const MAX_SPARE_BUFFERS = 2;
/** A larger buffer, grown for a rare burst, is given back to the process. */
const MAX_SPARE_BYTES = 4 * 1024 * 1024;

export class GroupCommit {
  readonly #io: LogIo;
  readonly #onFailure: (error: Error) => void;
  /** The first one is being written when `#busy`. Only the last one gathers. */
  readonly #queue: WriteBatch[] = [];
  readonly #spare: Buffer[] = [];
  #busy = false;
  #scheduled = false;
  #failed = false;
  #idle: (() => void)[] = [];
  #syncs = 0;
  #bytes = 0;

  constructor(io: LogIo, onFailure: (error: Error) => void) {
    this.#io = io;
    this.#onFailure = onFailure;
  }

  get failed(): boolean {
    return this.#failed;
  }

  get syncs(): number {
    return this.#syncs;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The batch that gathers for `segment`, which is the last one written to. */
  batchFor(segment: Segment): WriteBatch {
    const last = this.#queue.at(-1);
    const gathers = last !== undefined && !(this.#busy && this.#queue.length === 1);
    if (gathers && last.segment === segment) return last;
    const batch = new WriteBatch(segment, this.#spare.pop() ?? Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES));
    this.#queue.push(batch);
    return batch;
  }

  /** Calls back when all that was put into batches before is durable. */
  whenDurable(done: () => void): void {
    const last = this.#queue.at(-1);
    if (last === undefined) queueMicrotask(() => !this.#failed && done());
    else last.done.push(done);
    this.#schedule();
  }

  /** Of the entries that no file has yet, the lowest index; Infinity when all are written. */
  lowestUnwritten(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const batch of this.#queue) if (!batch.written) lowest = Math.min(lowest, batch.lowestIndex);
    return lowest;
  }

  /** The file of a segment that waited for it is there. */
  resume(): void {
    this.#schedule();
  }

  /** Closes the segment's file as soon as nothing is left to be written to it. */
  retire(segment: Segment): void {
    if (this.#queue.some((batch) => batch.segment === segment)) return;
    closeSegment(segment);
  }

  fail(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#onFailure(error);
    this.#settle();
  }

  /** Resolves when nothing is being written, nor will be; what a failure left in the queue stays unwritten. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      this.#settle();
    });
    for (const { segment } of this.#queue) closeSegment(segment);
  }

  /** At the end of the turn, so that a burst of calls shares a batch. */
  #schedule(): void {
    if (this.#scheduled || this.#busy) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const [batch] = this.#queue;
    if (this.#busy || this.#failed || batch === undefined) return;
    const { file } = batch.segment;
    if (file === undefined) return;
    this.#busy = true;
    this.#write(batch, file, 0);
  }

  #write(batch: WriteBatch, file: number, from: number): void {
    this.#io.write(file, batch.buffer, from, batch.length - from, batch.start + from, (error, written) => {
      if (error === null && written > 0 && from + written < batch.length) {
        this.#write(batch, file, from + written);
        return;
      }
      if (error !== null || written === 0) {
        this.#stop(
          error ?? new Error(`expected ${batch.length - from} bytes to be written to ${batch.segment.path}, found 0`),
        );
        return;
      }
      batch.written = true;
      this.#sync(batch, file);
    });
  }

  #sync(batch: WriteBatch, file: number): void {
    this.#io.fdatasync(file, (error) => {
      if (error !== null) {
        this.#stop(error);
        return;
      }
      this.#syncs += 1;
      this.#bytes += batch.length;
      this.#complete(batch);
    });
  }

  #complete(batch: WriteBatch): void {
    this.#busy = false;
    this.#queue.shift();
    const next = this.#queue[0];
    if (next !== undefined && next.segment !== batch.segment) closeSegment(batch.segment);
    if (this.#spare.length < MAX_SPARE_BUFFERS && batch.buffer.length <= MAX_SPARE_BYTES)
      this.#spare.push(batch.buffer);
    // Before the next write: what they persist then goes with it. The other order halves the batches under load.
    if (!this.#failed) for (const done of batch.done) done();
    this.#schedule();
    this.#settle();
  }

  #stop(error: Error): void {
    this.#busy = false;
    this.fail(error);
    this.#settle();
  }

  #settle(): void {
    if (this.#busy || (this.#queue.length > 0 && !this.#failed)) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
