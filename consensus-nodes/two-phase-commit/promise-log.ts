/**
 * A node's promises on its disk. What happened stands there entry by entry; now and then all that still counts is written once
 * more, as a checkpoint, and what came before it goes:
 *
 *     … prepared outcome │ checkpoint 1/2  checkpoint 2/2 │ prepared outcome …
 *       may go           │ all that counted at that moment │ and what came after it
 *
 * A checkpoint of which the power left only a part does not count: what came before it is still there then.
 */
import * as z from "zod";
import type { LogStorage, StoredEntry } from "../replica/log-storage.ts";
import { readJson } from "../wire/read-json.ts";

/** Records read at once at the start. */
const REPLAY_BYTES = 1024 * 1024;
/** The log is an ordinary one with a single term, and one kind of entries. */
const TERM = 1;
const KIND = 1;
/** Of one part of a checkpoint, in characters: a part fits a segment with ease. */
const PART_CHARACTERS = 256 * 1024;
/** Records after which a checkpoint is worth it; more when more counts, so that checkpoints at most double what is written. */
const CHECKPOINT_AFTER = 20_000;

const Part = z.object({
  type: z.literal("checkpoint"),
  part: z.int().min(1),
  parts: z.int().min(1),
  values: z.array(z.unknown()),
  time: z.number(),
});

export interface PromiseLogOptions {
  readonly storage: LogStorage;
  /** A record as it was written. */
  readonly onRecord: (record: unknown) => void;
  /** All that counts, as `capture` gave it; what was taken in before does not. */
  readonly onCheckpoint: (values: readonly unknown[]) => void;
  /** All that counts now, as JSON values. */
  readonly capture: () => readonly unknown[];
  readonly checkpointAfter?: number;
}

export class PromiseLog {
  readonly #options: PromiseLogOptions;
  #lastIndex: number;
  /** Records since the last checkpoint. */
  #records = 0;
  #checkpointAfter: number;

  /** Reads all. @throws {Error} when the log's beginning is gone, and no checkpoint makes up for it. */
  constructor(options: PromiseLogOptions) {
    this.#options = options;
    const { storage } = options;
    this.#checkpointAfter = options.checkpointAfter ?? CHECKPOINT_AFTER;
    this.#lastIndex = storage.lastIndex;
    let counts = storage.firstIndex === 1;
    let parts: z.infer<typeof Part>[] = [];
    for (const { data } of entriesOf(storage)) {
      const record = readJson(data);
      const part = Part.safeParse(record).data;
      if (part === undefined) {
        if (counts) options.onRecord(record);
        this.#records += 1;
        continue;
      }
      parts = part.part === parts.length + 1 ? [...parts, part] : [part];
      if (parts.length < part.parts) continue;
      options.onCheckpoint(parts.flatMap(({ values }) => values));
      parts = [];
      counts = true;
      this.#records = 0;
    }
    if (!counts) throw new Error("the log of promises has lost its beginning");
  }

  /** Resolves when the record is durable. @param time milliseconds since the epoch */
  write(record: object, time: number): Promise<void> {
    this.#records += 1;
    const written = this.#persist([record], time);
    if (this.#records >= this.#checkpointAfter) this.#checkpoint(time);
    return written;
  }

  #checkpoint(time: number): void {
    const { storage, capture } = this.#options;
    const before = this.#lastIndex;
    const values = capture();
    const parts = inParts(values);
    this.#records = 0;
    this.#checkpointAfter = Math.max(this.#options.checkpointAfter ?? CHECKPOINT_AFTER, values.length);
    const records = parts.map((values, place) => ({
      type: "checkpoint",
      part: place + 1,
      parts: parts.length,
      values,
      time,
    }));
    // Nobody waits for it: the promises stand in what came before, too, until it is durable.
    void this.#persist(records, time).then(() => storage.compact(before));
  }

  #persist(records: readonly object[], time: number): Promise<void> {
    const entries = records.map((record) => {
      this.#lastIndex += 1;
      const data = Buffer.from(JSON.stringify(record));
      return { index: this.#lastIndex, term: TERM, kind: KIND, time: Math.floor(time), data };
    });
    return new Promise((resolve) => this.#options.storage.persist({ entries }, resolve));
  }
}

function* entriesOf(storage: LogStorage): Generator<StoredEntry> {
  for (let next = storage.firstIndex; next <= storage.lastIndex; ) {
    for (const entry of storage.read(next, storage.lastIndex, REPLAY_BYTES)) {
      yield entry;
      next = entry.index + 1;
    }
  }
}

/** One at least, so that a checkpoint at which nothing counts is one too. */
function inParts(values: readonly unknown[]): unknown[][] {
  const parts: unknown[][] = [[]];
  let characters = 0;
  for (const value of values) {
    const { length } = JSON.stringify(value);
    if (characters > 0 && characters + length > PART_CHARACTERS) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(value);
    characters += length;
  }
  return parts;
}
