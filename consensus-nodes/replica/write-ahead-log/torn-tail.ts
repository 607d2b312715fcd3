/**
 * Torn or damaged? Where the records of the last segment end and yet something follows, one of two things happened:
 *
 * - *Torn*: the power went while the last batch was being written. Nobody was told that it was durable, and it can be cut off.
 * - *Damaged*: what had been durable has changed. Cutting here could drop what was acknowledged.
 *
 * A disk writes sectors whole. Batches are written one at a time, each only when the one before it is durable, into zeros. So
 * after a power cut each sector of the batch is new or as it was, and as it was means: zeros from the batch's start on.
 *
 *              durable            ┆ batch, cut short: sectors 3 and 5 came through
 *     │ r r r r │ r r r r │ r r X ┆ 0 0 0 0 0 │ 0 0 0 0 0 │ r r r r r │ 0 0 0
 *
 * With X the offset where the records end:
 *
 * 1. A valid record behind X that says it was written when more than X was durable: damaged, whatever X looks like.
 * 2. No record begins at X (8 zeros, and no record begins so): the sector of X is as it was, so it is zero from X on. If it is
 *    not, it was written, with a record at X that has changed since: damaged.
 * 3. A record begins at X: its sector is new, so the length there is what was written. If it does not match its check, or
 *    reaches beyond the file's capacity: damaged.
 * 4. With the length known, a torn record misses at least one sector of those it lies in: zeros all over, or beyond the end of
 *    a file too short. If all of its sectors are there and its CRC does not match, no cut could have left it so: damaged.
 *
 * What cannot be told: a sector zeroed, or a file cut, within the very last batch after it was durable looks like a torn write;
 * so does any damage there to a record whose data fills a sector with zeros.
 */
import {
  claimedSyncedTo,
  decodeLength,
  decodeRecord,
  paddedLength,
  placeSeed,
  RECORD_ALIGNMENT,
  RECORD_HEADER_BYTES,
} from "./record.ts";
import { HEADER_BYTES } from "./segment-header.ts";
import { isZero } from "./zeros.ts";

/** The smallest unit that disks write whole; larger ones are multiples of it. */
export const SECTOR_BYTES = 512;

/** What lies in one sector whatever `at` is, as records begin at multiples of it. */
const ATOM = RECORD_ALIGNMENT;

/** Why the end of the records at `at` is no torn write; undefined when it may be one. `bytes` is all of the last segment. */
export function whyNotTorn(bytes: Buffer, at: number, seed: number, capacity: number): string | undefined {
  const reason = whyRecordNotTorn(bytes, at, seed, capacity);
  if (reason !== undefined) return reason;
  return whyLaterNotTorn(bytes, at, seed);
}

/** The same for a segment whose header, which goes to the disk with the first batch, is not valid. */
export function whyHeaderNotTorn(bytes: Buffer, seed: number, reason: string): string | undefined {
  if (bytes.length >= HEADER_BYTES && !isZero(bytes, 0, SECTOR_BYTES)) return reason;
  return whyLaterNotTorn(bytes, 0, seed);
}

function whyRecordNotTorn(bytes: Buffer, at: number, seed: number, capacity: number): string | undefined {
  const sectorEnd = at - (at % SECTOR_BYTES) + SECTOR_BYTES;
  if (at + ATOM > bytes.length) return undefined;
  if (isZero(bytes, at, at + ATOM)) {
    return isZero(bytes, at, sectorEnd) ? undefined : "expected a record, found zeros in a sector that was written";
  }
  const length = decodeLength(bytes, at, placeSeed(seed, at));
  if (length === undefined) return "the length of the record does not match its check";
  const end = at + paddedLength(length - RECORD_HEADER_BYTES);
  if (end > capacity) return `the record reaches to ${end}, beyond the capacity of ${capacity}`;
  return missesSector(bytes, sectorEnd, end)
    ? undefined
    : "the record does not match its CRC, and none of its sectors is missing";
}

function missesSector(bytes: Buffer, from: number, end: number): boolean {
  if (end > bytes.length) return true;
  for (let sector = from; sector < end; sector += SECTOR_BYTES) {
    if (isZero(bytes, sector, sector + SECTOR_BYTES)) return true;
  }
  return false;
}

function whyLaterNotTorn(bytes: Buffer, at: number, seed: number): string | undefined {
  for (let later = at + ATOM; later < bytes.length; later += RECORD_ALIGNMENT) {
    const claimed = claimedSyncedTo(bytes, later);
    if (claimed <= at || claimed > later) continue;
    if (decodeRecord(bytes, later, placeSeed(seed, later)) === undefined) continue;
    return `the record here is missing or damaged, and was durable: the one at ${later} was written after it`;
  }
  return undefined;
}
