/** The two calls on which durability hangs, so that a test can make them fail, or forget. As in `node:fs`. */
import { fdatasync, write, writeSync } from "node:fs";

/**
 * Bytes that are written within the call: a copy into the page cache takes a tenth of the time that waking a thread for it takes.
 * What waits for the disk itself is the sync, and that is never within a call.
 */
const AT_ONCE_BYTES = 128 * 1024;

export interface LogIo {
  /** `callback` may be called within the call. */
  write(
    file: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, written: number) => void,
  ): void;
  fdatasync(file: number, callback: (error: Error | null) => void): void;
}

export const diskIo: LogIo = {
  write(file, buffer, offset, length, position, callback) {
    if (length > AT_ONCE_BYTES) {
      write(file, buffer, offset, length, position, callback);
      return;
    }
    let written: number;
    try {
      written = writeSync(file, buffer, offset, length, position);
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), 0);
      return;
    }
    callback(null, written);
  },
  fdatasync,
};
