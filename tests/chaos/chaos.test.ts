/** Chaos at every test run, each time with another seed: processes, links and logs; what wants root or another tool is in `npm run chaos`. */
import { expect, test } from "vitest";
import { partitions, processes } from "./faults/all.ts";
import { skewedClock } from "./faults/clocks.ts";
import { flippedByte, tornTail } from "./faults/disks.ts";
import { run } from "./run.ts";

/** One that damages a disk may take ten seconds: what ends the run is how many there were, not the time. */
const FAULTS = 4;
/** Start, faults, the last recovery, reading everything, the verdict. */
const PATIENCE_MS = 180_000;

test(
  "kills, pauses, partitions and damage, one after the other, break no promise",
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const lines: string[] = [];
    const { report, kept } = await run({
      seed,
      milliseconds: 0,
      faultsAtLeast: FAULTS,
      rooms: 2,
      pause: 100,
      faults: [...processes, ...partitions, tornTail, flippedByte, skewedClock],
      pictures: true,
      keep: false,
      progress: (line) => lines.push(line),
    });
    const story = [`seed ${seed}`, ...kept, ...lines, ...report.violations].join("\n");
    expect(report.violations, story).toEqual([]);
    // A run in which little happened proves little.
    expect(report.operations.ok, story).toBeGreaterThan(100);
    expect(lines.length, story).toBeGreaterThanOrEqual(FAULTS);
  },
  PATIENCE_MS,
);
