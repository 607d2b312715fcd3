/**
 * Loaded into every node of the run (`--import`): its wall clock is off by what a file of its id says, in milliseconds. Only what
 * reads the wall clock sees it; timers and the monotonic clock go on, as with `FAKETIME_DONT_FAKE_MONOTONIC`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const LOOK_EVERY_MS = 50;

const folder = process.env.TUTTI_CHAOS_CLOCKS;
const [, script = "", configuration = ""] = process.argv;
if (folder !== undefined && basename(script) === "main.ts" && basename(dirname(script)) === "consensus-nodes") {
  const file = join(folder, String(JSON.parse(configuration).id));
  const trueNow = Date.now;
  let skew = 0;
  const look = () => {
    let wanted = 0;
    try {
      wanted = Number(readFileSync(file, "utf8"));
    } catch {
      // No file: the clock is right.
    }
    if (wanted === skew) return;
    skew = wanted;
    writeFileSync(`${file}.seen`, `${process.pid} ${skew}`);
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  Date.now = () => trueNow() + skew;
}
