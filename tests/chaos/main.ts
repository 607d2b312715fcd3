/** `npm run chaos`: a seed, a stack, and what may happen to it. */
import { faults } from "./faults/all.ts";
import { interruption } from "./interruption.ts";
import { enterMountNamespace } from "./mount-namespace.ts";
import { parseOptions } from "./options.ts";
import { printed } from "./report.ts";
import { run } from "./run.ts";

const inside = await enterMountNamespace();
if (inside !== undefined) process.exit(inside);

const { minutes, seed, rooms, pause, only, keep } = parseOptions(process.argv);
const chosen = faults.filter(({ kind }) => only.length === 0 || only.some((part) => kind.includes(part)));
console.log(`seed ${seed}: ${minutes} minutes, ${chosen.length} kinds of faults, ${rooms} rooms of five clients`);
const { report, kept } = await run({
  seed,
  milliseconds: minutes * 60_000,
  rooms,
  pause,
  faults: chosen,
  pictures: true,
  keep: keep ?? false,
  interrupted: interruption(),
  progress: (line) => console.log(line),
});
console.log(`\n${printed(report)}`);
for (const path of kept) console.log(`kept: ${path}`);
process.exitCode = report.violations.length === 0 ? 0 : 1;
