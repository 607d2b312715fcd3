/** A folder with a log in it, for one test. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { HardState, PersistJob, StoredEntry } from "../../consensus-nodes/replica/log-storage.ts";
import {
  openWriteAheadLog,
  type WriteAheadLog,
  type WriteAheadLogOptions,
} from "../../consensus-nodes/replica/write-ahead-log/write-ahead-log.ts";

/** In memory where there is such a folder: thousands of small logs are opened, each with several syncs. */
const PARENT = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Small enough that every byte can be tried. */
export const SEGMENT_BYTES = 2048;

/** Removed when the test is over. */
export function logFolder(): string {
  const folder = mkdtempSync(join(PARENT, "tutti-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function openLog(folder: string, options: Partial<WriteAheadLogOptions> = {}): WriteAheadLog {
  return openWriteAheadLog(folder, {
    segmentBytes: SEGMENT_BYTES,
    onFailure(error) {
      throw error;
    },
    ...options,
  });
}

/** Resolves when the job is durable. */
export function persisted(log: WriteAheadLog, job: PersistJob): Promise<void> {
  return new Promise((resolve) => log.persist(job, resolve));
}

export function entry(
  index: number,
  term: number,
  text: string | Uint8Array = `entry ${index} of term ${term}`,
): StoredEntry {
  return { index, term, kind: index % 256, time: 1_700_000_000_000 + index, data: Buffer.from(text) };
}

export function entries(first: number, last: number, term: number, bytes: number): StoredEntry[] {
  return Array.from({ length: last - first + 1 }, (_, offset) => {
    const index = first + offset;
    return entry(index, term, `${index}/${term} `.padEnd(bytes, "x"));
  });
}

export interface LogContents {
  readonly hardState: HardState;
  readonly entries: readonly StoredEntry[];
}

/** All that a log just opened holds, read from its files; views of data become buffers of their own, as `entry` makes them. */
export function contentsOf(log: WriteAheadLog): LogContents {
  const found = log.lastIndex < log.firstIndex ? [] : log.read(log.firstIndex, log.lastIndex, Number.POSITIVE_INFINITY);
  return { hardState: log.hardState, entries: found.map((one) => ({ ...one, data: Buffer.from(one.data) })) };
}

/** Opens, reads, closes. */
export async function reopened(folder: string, options: Partial<WriteAheadLogOptions> = {}): Promise<LogContents> {
  const log = openLog(folder, options);
  const contents = contentsOf(log);
  await log.close();
  return contents;
}
