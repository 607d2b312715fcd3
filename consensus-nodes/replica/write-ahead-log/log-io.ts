/** The two calls on which durability hangs, so that a test can make them fail, or forget. As in `node:fs`. */
import { fdatasync, write } from "node:fs";

export interface LogIo {
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

export const diskIo: LogIo = { write, fdatasync };
