/**
 * A snapshot as a file: one JSON value a line.
 *
 *     {"tutti":"snapshot","format":1,"machine":…,"index":…,"term":…,"now":…}
 *     … the state's values …
 *     {"sha256":"<of all lines before, line breaks included>"}
 *
 * It is whole, or it is not there: written beside, synced, then named.
 */
import { createHash } from "node:crypto";
import * as z from "zod";

const Configuration = z.object({
  members: z.array(
    z.object({ id: z.int().min(0), voter: z.boolean(), address: z.string(), disk: z.string().optional() }),
  ),
});

export const SnapshotHead = z.object({
  tutti: z.literal("snapshot"),
  format: z.literal(1),
  machine: z.string(),
  /** Of the last entry it holds the effects of. */
  index: z.int().min(1),
  term: z.int().min(1),
  /** Milliseconds since the epoch: the clock of that entry. */
  now: z.int(),
  /** The group's members as of that entry, and the entry that said so; 0 when the founding of the cluster did. */
  configuration: Configuration,
  configurationIndex: z.int().min(0),
});
export type SnapshotHead = z.infer<typeof SnapshotHead>;

const End = z.strictObject({ sha256: z.string() });

/** The text is not a snapshot, or not all of one. */
export class DamagedSnapshot extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "DamagedSnapshot";
  }
}

/** Makes the lines, one after the other. */
export class SnapshotEncoder {
  readonly #hash = createHash("sha256");

  head(head: SnapshotHead): string {
    return this.#line(head);
  }

  value(value: unknown): string {
    return this.#line(value);
  }

  end(): string {
    return `${JSON.stringify({ sha256: this.#hash.digest("hex") } satisfies z.infer<typeof End>)}\n`;
  }

  #line(value: unknown): string {
    const line = `${JSON.stringify(value)}\n`;
    this.#hash.update(line);
    return line;
  }
}

export interface DecodedSnapshot {
  readonly head: SnapshotHead;
  /** To be walked once. */
  readonly values: Iterable<unknown>;
}

/** Verifies the whole before it hands out a value. @throws {DamagedSnapshot} */
export function decodeSnapshot(bytes: Buffer): DecodedSnapshot {
  const lastLine = bytes.lastIndexOf(10, bytes.length - 2) + 1;
  const end = End.safeParse(parseLine(bytes.subarray(lastLine)));
  if (!end.success) throw new DamagedSnapshot("it has no end");
  const hash = createHash("sha256").update(bytes.subarray(0, lastLine)).digest("hex");
  if (hash !== end.data.sha256) throw new DamagedSnapshot("its checksum does not match");
  const headEnd = bytes.indexOf(10);
  const head = SnapshotHead.safeParse(parseLine(bytes.subarray(0, headEnd)));
  if (!head.success) throw new DamagedSnapshot("its head cannot be read");
  return { head: head.data, values: valuesOf(bytes.subarray(headEnd + 1, lastLine)) };
}

function* valuesOf(bytes: Buffer): Iterable<unknown> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    yield parseLine(bytes.subarray(start, end));
    start = end + 1;
  }
}

function parseLine(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
