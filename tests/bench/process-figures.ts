/** What the system says of a process: proc(5). */
import { readFileSync, writeFileSync } from "node:fs";

export interface ProcessMemory {
  /** MiB in memory; pages shared with other processes count in full. */
  readonly resident: number;
  /** MiB; a page shared with others counts by its share. */
  readonly proportional: number;
  /** MiB: the most that was resident, since the last `forgetPeak`. */
  readonly peak: number;
}

const KIB_PER_MIB = 1024;
/** Of proc(5)'s clear_refs: sets the peak to what is resident now. */
const RESET_PEAK = "5";
/** Ticks of /proc per second: USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

export function memoryOf(pid: number): ProcessMemory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    resident: mebibytes(rollup, "Rss"),
    proportional: mebibytes(rollup, "Pss"),
    peak: mebibytes(status, "VmHWM"),
  };
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
}

/** Seconds of processor time, of all its threads, since its start. */
export function processorTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name, which is in parentheses and may hold anything: state is field 3, utime 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function mebibytes(text: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  if (kibibytes === undefined) throw new Error(`the system does not tell ${name}`);
  return Number(kibibytes) / KIB_PER_MIB;
}
