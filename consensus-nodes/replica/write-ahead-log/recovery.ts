/** From the files of a log to what it holds: reads all, mends a torn tail, refuses whatever else is not as it was written. */
import { randomBytes } from "node:crypto";
import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, statSync, unlinkSync } from "node:fs";
import type { HardState } from "../log-storage.ts";
import { DamagedLog } from "./damaged-log.ts";
import { EntryPositions } from "./entry-positions.ts";
import { Replay, type SegmentEnd } from "./replay.ts";
import type { Segment } from "./segment.ts";
import {
  createSegment,
  listSegments,
  makeDirectory,
  readRange,
  removeUnfinished,
  type SegmentFile,
  syncDirectory,
  writeAll,
  writeZeros,
} from "./segment-files.ts";
import { encodeHeader, HEADER_BYTES, LOG_IDENTITY_BYTES, segmentSeed } from "./segment-header.ts";
import { isZero } from "./zeros.ts";

/** Of a segment at most: it is read into memory whole, and offsets are 32 bits wide. */
export const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;
/** Of the first segment of a log at most: a node makes its logs before it says that it is up, and many hold next to nothing. */
const MAX_FIRST_SEGMENT_BYTES = 512 * 1024;

/** Where a torn tail was cut off. */
export interface Repair {
  readonly file: string;
  readonly offset: number;
}

export interface RecoveredLog {
  readonly identity: Uint8Array;
  readonly hardState: HardState;
  readonly positions: EntryPositions;
  /** Indexes of the entries of kind `configuration`, ascending. */
  readonly configurations: readonly number[];
  /** Of the oldest segment. */
  readonly oldest: number;
  /** Where the log goes on: all that is there is durable. */
  readonly segment: Segment;
  readonly repaired: Repair | undefined;
}

/**
 * @param covered as in WriteAheadLogOptions
 * @throws DamagedLog
 */
export function recoverLog(directory: string, segmentBytes: number, covered: number): RecoveredLog {
  makeDirectory(directory);
  const files = listSegments(directory);
  const [oldest] = files;
  if (oldest === undefined) {
    // Term and vote were in it.
    if (covered > 0 && Number.isFinite(covered))
      throw new DamagedLog(directory, 0, "there is a snapshot, and the log is gone");
    return createLog(directory, Math.min(segmentBytes, MAX_FIRST_SEGMENT_BYTES));
  }
  requireConsecutive(files, oldest.sequence);

  const replay = new Replay();
  let repaired: Repair | undefined;
  // A segment that was made ahead of its time, or was being made when the power went, has never been written to.
  const unused: SegmentFile[] = [];
  for (let newest = files.at(-1); newest !== undefined && files.length > 1; newest = files.at(-1)) {
    if (!isZero(readSegment(newest))) break;
    unused.push(newest);
    files.pop();
  }
  for (const [place, file] of files.entries()) {
    if (replay.read(file, readSegment(file), place === files.length - 1)) continue;
    repaired = { file: file.path, offset: 0 };
    unused.push(file);
  }
  const { known, hardState, configurations } = replay;
  if (known === undefined) throw new Error("expected the first segment to be read or refused");
  const { identity, positions, previous } = known;
  const { base } = positions;
  if (base.index > covered) {
    throw new DamagedLog(oldest.path, 0, `the log begins after entry ${base.index}, snapshots cover ${covered}`);
  }
  // Nothing is changed before all is read: a log that is refused stays as it was found.
  for (const file of unused) removeSegment(directory, file);
  // The first segment may have its name from a process that died before it made the name durable.
  syncDirectory(directory);

  if (previous.torn) repaired = { file: previous.path, offset: previous.end };
  return {
    identity,
    hardState,
    positions,
    configurations,
    oldest: oldest.sequence,
    segment: reopen(previous),
    repaired,
  };
}

function createLog(directory: string, capacity: number): RecoveredLog {
  removeUnfinished(directory);
  const identity = randomBytes(LOG_IDENTITY_BYTES);
  const hardState = { term: 0, vote: null };
  const header = Buffer.alloc(HEADER_BYTES);
  encodeHeader(header, { capacity, identity, sequence: 1, previousEnd: 0, nextIndex: 1, previousTerm: 0, hardState });
  const path = createSegment(directory, 1, header, capacity);
  const seed = segmentSeed(identity, 1);
  const segment = { path, sequence: 1, capacity, seed, file: openSync(path, "r+"), end: HEADER_BYTES };
  const positions = new EntryPositions(1, 0);
  return { identity, hardState, positions, configurations: [], oldest: 1, segment, repaired: undefined };
}

/** Whether the oldest is not too new is for the snapshot to say. */
function requireConsecutive(files: readonly SegmentFile[], oldest: number): void {
  for (const [place, { path, sequence }] of files.entries()) {
    const expected = oldest + place;
    if (sequence !== expected) throw new DamagedLog(path, 0, `expected segment ${expected}, found segment ${sequence}`);
  }
}

/** Durably, before anything is written behind the segments that remain, or before the one in front of it is removed too. */
function removeSegment(directory: string, { path }: SegmentFile): void {
  unlinkSync(path);
  syncDirectory(directory);
}

function readSegment({ path }: SegmentFile): Buffer {
  const { size } = statSync(path);
  if (size <= MAX_SEGMENT_BYTES) return readFileSync(path);
  throw new DamagedLog(path, MAX_SEGMENT_BYTES, `expected at most ${MAX_SEGMENT_BYTES} bytes, found ${size}`);
}

/**
 * Opens the segment for writing, with zeros behind its end, and makes durable what was found. The last batch was perhaps never
 * synced: the process may have died before, or because of a sync that failed. After such a failure the kernel holds pages that
 * it believes to be on the disk, and a sync would do nothing; so the batch is written once more, over itself.
 */
function reopen({ path, sequence, capacity, seed, end, syncedTo, torn }: SegmentEnd): Segment {
  const file = openSync(path, "r+");
  try {
    writeAll(file, readRange(path, syncedTo, end), syncedTo);
    if (torn) writeZeros(file, end, capacity);
    if (torn) fsyncSync(file);
    else fdatasyncSync(file);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return { path, sequence, capacity, seed, file, end };
}
