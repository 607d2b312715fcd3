/** Reads entries back from their segments. */
import type { StoredEntry } from "../log-storage.ts";
import { DamagedLog } from "./damaged-log.ts";
import type { EntryPosition, EntryPositions } from "./entry-positions.ts";
import { decodeRecord, ENTRY, paddedLength, placeSeed } from "./record.ts";
import { readRange, segmentPath } from "./segment-files.ts";
import { segmentSeed } from "./segment-header.ts";

/** Bytes of other records between two entries that are read along rather than read around. */
const MAX_GAP_BYTES = 4096;

/**
 * The entries first..last, into `target`.
 * @throws DamagedLog when they are not there any more as they were written
 */
export function readWritten(
  directory: string,
  identity: Uint8Array,
  positions: EntryPositions,
  first: number,
  last: number,
  target: StoredEntry[],
): void {
  for (let index = first; index <= last; ) {
    const start = positions.at(index);
    let end = endOf(start);
    let after = index + 1;
    for (; after <= last; after++) {
      const next = positions.at(after);
      if (next.sequence !== start.sequence || next.offset - end > MAX_GAP_BYTES) break;
      end = endOf(next);
    }
    const path = segmentPath(directory, start.sequence);
    const seed = segmentSeed(identity, start.sequence);
    const bytes = readRange(path, start.offset, end);
    for (; index < after; index++) {
      const { offset } = positions.at(index);
      const record = decodeRecord(bytes, offset - start.offset, placeSeed(seed, offset));
      if (record === undefined) throw new DamagedLog(path, offset, `entry ${index} is not there as it was written`);
      if (record.type !== ENTRY || record.index !== index || record.term !== positions.termAt(index)) {
        const found = `entry ${record.index} of term ${record.term}`;
        throw new DamagedLog(
          path,
          offset,
          `expected entry ${index} of term ${positions.termAt(index)}, found ${found}`,
        );
      }
      const { term, kind, time, data } = record;
      target.push({ index, term, kind, time, data });
    }
  }
}

function endOf(position: EntryPosition): number {
  return position.offset + paddedLength(position.size);
}
