/** `npm run bench`: starts what it measures, side by side in one run, prints ratios, and says which aims are reached. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import makeBundles from "../bundles-made.ts";
import { aims, verdict } from "./aims.ts";
import { aimsTable } from "./aims-table.ts";
import { diskSpeed } from "./disk-speed.ts";
import { ratios } from "./loads-table.ts";
import type { Measured } from "./measured.ts";
import { measures } from "./measures.ts";
import { parseOptions } from "./options.ts";
import { drawPicture, PictureFile } from "./picture.ts";

const options = parseOptions(process.argv);
if (options.from !== undefined) {
  const { adds } = PictureFile.parse(JSON.parse(readFileSync(options.from, "utf8")));
  const picture = drawPicture(adds);
  if (options.picture === undefined) process.stdout.write(picture);
  else writeFileSync(options.picture, picture);
} else {
  await run();
}

async function run(): Promise<void> {
  const { rounds, seconds, kills, only } = options;
  // Else a stack would make them while the first thing is measured.
  await makeBundles();
  const disk = await diskSpeed(options.data);
  const time = new Date().toISOString();
  const machine = {
    node: process.version,
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    /** Of the last minute, before the start. Near 0 on a machine that does nothing else. */
    load: loadavg()[0],
    disk,
  };
  console.log(
    `Node ${process.version}, ${machine.cores} × ${machine.processor}, shared with the load client; load average ${machine.load?.toFixed(2)}.`,
  );
  console.log(`4 KiB and fdatasync in ${options.data}: ${disk.sync.toFixed(3)} ms.`);
  if (disk.inMemory) console.log("That folder is in memory, where syncing costs nothing: choose another by --data.");
  console.log(`${seconds} s per load, closed loop; medians over ${rounds} round${rounds === 1 ? "" : "s"}.`);

  let measured: Measured = {};
  const texts: string[] = [];
  const failures: string[] = [];
  for (const { kinds, run } of measures) {
    if (!kinds.some((kind) => only.includes(kind))) continue;
    const begun = performance.now();
    try {
      const outcome = await run(options, (line) => console.error(line));
      measured = { ...measured, ...outcome.measured };
      if (outcome.text !== undefined) texts.push(outcome.text);
      failures.push(...(outcome.failures ?? []));
    } catch (error) {
      failures.push(`${kinds[0]}: ${error instanceof Error ? error.message : String(error)}`);
    }
    console.error(`${kinds[0]}  took ${Math.round((performance.now() - begun) / 1000)} s`);
    // A long run that is broken off keeps what it had.
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report(), null, 2)}\n`);
  }
  for (const text of texts) console.log(`\n${text}`);
  console.log(`\nAims\n\n${aimsTable(measured, options)}`);
  for (const failure of failures) console.log(`\nNot measured: ${failure}`);
  if (options.picture !== undefined) writeFileSync(options.picture, drawPicture(measured.adds ?? []));
  process.exitCode = failures.length > 0 ? 1 : 0;

  function report() {
    const withRatios = (all: Measured["adds"]) => all?.map((line) => ({ ...line, ratios: ratios(line, all) }));
    const reached = aims.map((aim) => {
      const { measure, against, bar, unit, value } = aim;
      return { measure, against, bar, unit, value: value(measured), verdict: verdict(aim, measured) };
    });
    const { adds, reads, ...others } = measured;
    const figures = { adds: withRatios(adds), reads: withRatios(reads), ...others };
    return { time, machine, rounds, seconds, kills, ...figures, aims: reached, failures };
  }
}
