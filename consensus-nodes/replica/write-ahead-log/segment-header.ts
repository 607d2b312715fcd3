/**
 * The first bytes of a segment. Little-endian:
 *
 *      0  8 bytes  "TUTTIWAL"
 *      8  u32      version of the format
 *     12  u32      capacity of the file, in bytes
 *     16  8 bytes  identity of the log, drawn when it was made: a file of another log is never taken for one of this
 *     24  u32      sequence: 1 for the first segment, one more for each after it
 *     28  u32      end of the records of the segment before it
 *     32  u48      index of the entry that was to come next
 *     38  u48      term of the entry before that one
 *     44  u48      hard state: term
 *     50  u48      hard state: vote + 1, or 0 for none
 *     56  u32      0
 *     60  u32      CRC-32 of all before it
 *
 * Each segment thus says how the one before it ended, and begins with the hard state, so that those before it can go.
 */
import { crc32 } from "node:zlib";
import type { HardState } from "../log-storage.ts";

export const HEADER_BYTES = 64;
const VERSION = 1;
const MAGIC = Buffer.from("TUTTIWAL", "latin1");
const CRC = HEADER_BYTES - 4;

export const LOG_IDENTITY_BYTES = 8;

export interface SegmentHeader {
  readonly capacity: number;
  readonly identity: Uint8Array;
  readonly sequence: number;
  readonly previousEnd: number;
  readonly nextIndex: number;
  readonly previousTerm: number;
  readonly hardState: HardState;
}

/** Into the first bytes of `target`. */
export function encodeHeader(target: Buffer, header: SegmentHeader): void {
  target.fill(0, 0, HEADER_BYTES);
  target.set(MAGIC, 0);
  target.writeUInt32LE(VERSION, 8);
  target.writeUInt32LE(header.capacity, 12);
  target.set(header.identity, 16);
  target.writeUInt32LE(header.sequence, 24);
  target.writeUInt32LE(header.previousEnd, 28);
  target.writeUIntLE(header.nextIndex, 32, 6);
  target.writeUIntLE(header.previousTerm, 38, 6);
  target.writeUIntLE(header.hardState.term, 44, 6);
  target.writeUIntLE(encodeVote(header.hardState.vote), 50, 6);
  target.writeUInt32LE(crc32(target.subarray(0, CRC)), CRC);
}

/** @returns why it is none, when it is none */
export function decodeHeader(bytes: Buffer): SegmentHeader | string {
  if (bytes.length < HEADER_BYTES) return `expected a header of ${HEADER_BYTES} bytes, found a file of ${bytes.length}`;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return "this is not the header of a segment";
  if (crc32(bytes.subarray(0, CRC)) !== bytes.readUInt32LE(CRC)) return "the header does not match its CRC";
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) return `expected version ${VERSION} of the format, found ${version}`;
  return {
    capacity: bytes.readUInt32LE(12),
    identity: Buffer.from(bytes.subarray(16, 16 + LOG_IDENTITY_BYTES)),
    sequence: bytes.readUInt32LE(24),
    previousEnd: bytes.readUInt32LE(28),
    nextIndex: bytes.readUIntLE(32, 6),
    previousTerm: bytes.readUIntLE(38, 6),
    hardState: { term: bytes.readUIntLE(44, 6), vote: decodeVote(bytes.readUIntLE(50, 6)) },
  };
}

/** Known without the header, so that the records of a segment can be read when the header cannot. */
export function segmentSeed(identity: Uint8Array, sequence: number): number {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(sequence);
  return crc32(word, crc32(identity));
}

export function encodeVote(vote: number | null): number {
  return vote === null ? 0 : vote + 1;
}

export function decodeVote(encoded: number): number | null {
  return encoded === 0 ? null : encoded - 1;
}
