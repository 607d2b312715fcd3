/** The files of a log's folder: one per segment, numbered in the order of writing. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { zeros } from "./zeros.ts";

const NAME = /^segment-(\d{10})\.wal$/;
const UNFINISHED = /^segment-\d{10}\.wal\.new$/;

export interface SegmentFile {
  readonly path: string;
  /**
   * Not the first index: after a suffix was replaced, a later segment may begin with an earlier index than the one before it,
   * or with the same. The header has the index.
   */
  readonly sequence: number;
}

export function segmentPath(directory: string, sequence: number): string {
  return join(directory, `segment-${String(sequence).padStart(10, "0")}.wal`);
}

/** In the order of writing. */
export function listSegments(directory: string): SegmentFile[] {
  const files: SegmentFile[] = [];
  for (const name of readdirSync(directory)) {
    const digits = NAME.exec(name)?.[1];
    if (digits !== undefined) files.push({ path: join(directory, name), sequence: Number(digits) });
  }
  return files.sort((one, other) => one.sequence - other.sequence);
}

/** Whether a log was ever made in the folder. */
export function logExists(directory: string): boolean {
  return existsSync(directory) && listSegments(directory).length > 0;
}

/** What a power cut left of a log that was being made. */
export function removeUnfinished(directory: string): void {
  for (const name of readdirSync(directory)) if (UNFINISHED.test(name)) unlinkSync(join(directory, name));
}

/** The folder, and its parents, there after a power cut too: also when a process made them that died before it said so. */
export function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true });
  const above = dirname(resolve(first ?? directory));
  for (let path = dirname(resolve(directory)); ; path = dirname(path)) {
    syncDirectory(path);
    if (path === above || path === dirname(path)) return;
  }
}

/** Makes the names of files in `directory` durable. */
export function syncDirectory(directory: string): void {
  const folder = openSync(directory, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A durable file of `capacity` bytes, `start` and zeros, that is either there with all it holds or not there. */
export function createSegment(directory: string, sequence: number, start: Buffer, capacity: number): string {
  const path = segmentPath(directory, sequence);
  const file = openSync(`${path}.new`, "wx");
  try {
    writeAll(file, start, 0);
    writeZeros(file, start.length, capacity);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  syncDirectory(directory);
  return path;
}

export function writeZeros(file: number, from: number, to: number): void {
  for (let at = from; at < to; ) {
    const part = zeros(to - at);
    writeAll(file, part, at);
    at += part.length;
  }
}

export function writeAll(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

/** Bytes [from, to) of a file; fewer when it is shorter. */
export function readRange(path: string, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(to - from);
  const file = openSync(path, "r");
  try {
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(file, bytes, done, bytes.length - done, from + done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}
