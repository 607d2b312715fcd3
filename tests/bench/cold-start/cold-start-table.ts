import { median } from "../median.ts";
import { plainTable } from "../plain-table.ts";
import type { ColdStart, FirstCall } from "./cold-start.ts";

const COLUMNS = ["function", "first call ms", "worst ms", "later calls ms", "times"];

/** Milliseconds: the median first call of the function, or way, for which it is highest. NaN of nothing. */
export function slowestFirstCall({ started, reloaded, loadedByCall }: ColdStart): number {
  const ways = [...Object.values(started), reloaded, loadedByCall];
  return Math.max(...ways.map((calls) => median(calls.map(({ first }) => first))));
}

export function coldStartTable({ started, reloaded, reloads, loadedByCall }: ColdStart): string {
  const rows = [
    ...Object.entries(started).map(([name, calls]) => row(`${name}, after the start`, calls)),
    row("reloaded before the call", reloaded),
    row("loaded by the call", loadedByCall),
  ];
  const reload = `A reload itself, with bundling and the loading of the isolate: ${median(reloads).toFixed(1)} ms.`;
  return [plainTable(COLUMNS, ["function"], rows), "", reload].join("\n");
}

function row(name: string, calls: readonly FirstCall[]): (string | number)[] {
  const first = calls.map(({ first }) => first);
  const later = median(calls.map(({ later }) => later));
  return [name, ...[median(first), Math.max(...first), later].map((ms) => ms.toFixed(1)), calls.length];
}
