/**
 * One record of a segment. Little-endian, aligned to 8 bytes, zeros up to the next multiple of 8:
 *
 *      0  u32  length      of header and data, without the zeros behind: never 0
 *      4  u32  check       CRC-32 of the length alone
 *      8  u32  crc         CRC-32 of the length and of all from byte 12 to the last of the zeros
 *     12  u32  syncedTo    all of this file before this offset was durable before the record was written
 *     16  u8   type        entry, hard state or restart
 *     17  u8   kind
 *     18  u48  term
 *     24  u48  index       of a hard state: the vote + 1, or 0 for none; of a restart: the log goes on after it
 *     30  u48  time
 *     36       data
 *
 * Both CRCs start from a seed that differs from place to place and from segment to segment. CRC-32 maps different seeds to
 * different results, so a record is never valid but where it was written: not an older one of another file, nor one inside data.
 * Length and check lie in one sector, as records begin at multiples of 8: they reach the disk together or not at all,
 * and tell what else belongs to a record of which only a part did.
 */
import { crc32 } from "node:zlib";

export const RECORD_HEADER_BYTES = 36;
export const RECORD_ALIGNMENT = 8;

export const ENTRY = 1;
export const HARD_STATE = 2;
/** A snapshot took the place of all entries so far. */
export const RESTART = 3;

export interface RecordFields {
  readonly kind: number;
  readonly term: number;
  readonly index: number;
  readonly time: number;
  readonly data: Uint8Array;
}

export interface LogRecord extends RecordFields {
  readonly type: number;
  readonly syncedTo: number;
  /** With the zeros behind it. */
  readonly paddedLength: number;
}

const CHECK = 4;
const CRC = 8;
const SYNCED_TO = 12;
const TYPE = 16;
const KIND = 17;
const TERM = 18;
const INDEX = 24;
const TIME = 30;

const lengthWord = new Uint32Array(1);
const lengthBytes = new Uint8Array(lengthWord.buffer);

/** Bytes that a record takes in its segment. */
export function paddedLength(dataBytes: number): number {
  const length = RECORD_HEADER_BYTES + dataBytes;
  return length + (-length & (RECORD_ALIGNMENT - 1));
}

/** Of a record at `offset` in the segment of `segmentSeed`. */
export function placeSeed(segmentSeed: number, offset: number): number {
  return (segmentSeed ^ offset) >>> 0;
}

/** Writes a record into `target` from `at` on, where there is room. @returns its padded length */
export function encodeRecord(
  target: Buffer,
  at: number,
  seed: number,
  syncedTo: number,
  type: number,
  fields: RecordFields,
): number {
  const length = RECORD_HEADER_BYTES + fields.data.length;
  const padded = paddedLength(fields.data.length);
  const check = lengthCheck(length, seed);
  target.writeUInt32LE(length, at);
  target.writeUInt32LE(check, at + CHECK);
  target.writeUInt32LE(syncedTo, at + SYNCED_TO);
  target[at + TYPE] = type;
  target[at + KIND] = fields.kind;
  target.writeUIntLE(fields.term, at + TERM, 6);
  target.writeUIntLE(fields.index, at + INDEX, 6);
  target.writeUIntLE(fields.time, at + TIME, 6);
  target.set(fields.data, at + RECORD_HEADER_BYTES);
  target.fill(0, at + length, at + padded);
  target.writeUInt32LE(crc32(target.subarray(at + SYNCED_TO, at + padded), check), at + CRC);
  return padded;
}

/** The record at `at`, of which `data` is a view; undefined when there is none, or not all of it, or not as it was written. */
export function decodeRecord(bytes: Buffer, at: number, seed: number): LogRecord | undefined {
  const length = decodeLength(bytes, at, seed);
  if (length === undefined) return undefined;
  const padded = paddedLength(length - RECORD_HEADER_BYTES);
  if (at + padded > bytes.length) return undefined;
  const crc = crc32(bytes.subarray(at + SYNCED_TO, at + padded), bytes.readUInt32LE(at + CHECK));
  if (crc !== bytes.readUInt32LE(at + CRC)) return undefined;
  return {
    type: bytes.readUInt8(at + TYPE),
    kind: bytes.readUInt8(at + KIND),
    term: bytes.readUIntLE(at + TERM, 6),
    index: bytes.readUIntLE(at + INDEX, 6),
    time: bytes.readUIntLE(at + TIME, 6),
    syncedTo: bytes.readUInt32LE(at + SYNCED_TO),
    data: bytes.subarray(at + RECORD_HEADER_BYTES, at + length),
    paddedLength: padded,
  };
}

/** Header and data of the record at `at`; undefined when the length is not as it was written. */
export function decodeLength(bytes: Buffer, at: number, seed: number): number | undefined {
  if (at + CRC > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  if (length < RECORD_HEADER_BYTES || bytes.readUInt32LE(at + CHECK) !== lengthCheck(length, seed)) return undefined;
  return length;
}

/** What the record at `at` says was durable before it, unverified: tells in a moment whether reading it is worth while. */
export function claimedSyncedTo(bytes: Buffer, at: number): number {
  return at + SYNCED_TO + 4 > bytes.length ? 0 : bytes.readUInt32LE(at + SYNCED_TO);
}

function lengthCheck(length: number, seed: number): number {
  lengthWord[0] = length;
  return crc32(lengthBytes, seed);
}
