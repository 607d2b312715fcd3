/** What a durable write costs on this disk: nothing that is measured here can be understood without it. */
import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, removeFolder } from "./child-processes.ts";
import { median } from "./median.ts";

const WRITES = 200;
/** Bytes. */
const BLOCK = Buffer.alloc(4096, 1);
/** Of Linux's statfs(2): a file system in memory, on which syncing costs nothing. */
const TMPFS_MAGIC = 0x01021994;

export interface DiskSpeed {
  /** Milliseconds for writing 4 KiB and fdatasync, the median. */
  readonly sync: number;
  readonly inMemory: boolean;
}

export async function diskSpeed(parent: string): Promise<DiskSpeed> {
  const folder = await makeFolder(parent);
  const file = openSync(join(folder, "probe"), "w");
  const times = Array.from({ length: WRITES }, () => {
    const from = performance.now();
    writeSync(file, BLOCK);
    fdatasyncSync(file);
    return performance.now() - from;
  });
  closeSync(file);
  await removeFolder(folder);
  return { sync: median(times), inMemory: statfsSync(parent).type === TMPFS_MAGIC };
}
