/** All there are. */
import { skewedClock } from "./clocks.ts";
import { flippedByte, lostDisk, tornTail } from "./disks.ts";
import type { Fault } from "./fault.ts";
import { fullDisk } from "./full-disk.ts";
import { full, oneWay, partial } from "./partitions.ts";
import { down, killAll, killOne, killStack, killTwo, pause, restart } from "./processes.ts";
import { failingSync, slowDisk } from "./traced-calls.ts";

export const processes = [killOne, killTwo, killAll, killStack, down, restart, pause];
export const partitions = [full, partial, oneWay];
export const disks = [lostDisk, tornTail, flippedByte, slowDisk, failingSync, fullDisk];

export const faults: readonly Fault[] = [...processes, ...partitions, ...disks, skewedClock];
