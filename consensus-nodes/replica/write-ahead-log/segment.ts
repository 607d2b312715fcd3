/** A segment that is being written. */
import { closeSync } from "node:fs";

export interface Segment {
  readonly path: string;
  readonly sequence: number;
  /** Bytes; a multiple of the sector. */
  readonly capacity: number;
  readonly seed: number;
  /** Open for writing; undefined while the file is being made. */
  file: number | undefined;
  /** Where the next record goes, those that wait to be written included. A multiple of the alignment; <= capacity */
  end: number;
}

export function closeSegment(segment: Segment): void {
  if (segment.file === undefined) return;
  closeSync(segment.file);
  segment.file = undefined;
}
