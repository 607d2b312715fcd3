/** A run in figures. */
import Table from "cli-table3";
import type { FaultRecord } from "./chaos.ts";
import type { Load } from "./load.ts";
import { type Spread, spread } from "./outages.ts";
import type { Verdict } from "./verdict.ts";

const PLAIN = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly operations: Load["outcomes"];
  readonly rooms: number;
  readonly faults: readonly { readonly kind: string; readonly count: number; readonly outage: Spread }[];
  /** By reason. */
  readonly skipped: readonly string[];
  /** Milliseconds: of each client its longest in the run. */
  readonly outage: Spread;
  /** Milliseconds: the longest of the client that shares pictures, which needs all picture nodes. */
  readonly pictureOutage: number;
  readonly checked: readonly string[];
  readonly violations: readonly string[];
}

export function report(
  run: { readonly seed: number; readonly from: number; readonly until: number; readonly skipped: readonly string[] },
  load: Load,
  records: readonly FaultRecord[],
  verdict: Verdict,
): Report {
  const outages = (from: number, until: number) => load.clients.map((client) => client.longest(from, until));
  return {
    seed: run.seed,
    seconds: Math.round((run.until - run.from) / 1000),
    operations: load.outcomes,
    rooms: load.rooms.length,
    faults: [...Map.groupBy(records, ({ kind }) => kind)].map(([kind, all]) => ({
      kind,
      count: all.length,
      outage: spread(all.flatMap(({ from, recovered }) => outages(from, recovered))),
    })),
    skipped: run.skipped,
    outage: spread(outages(run.from, run.until)),
    pictureOutage: load.pictureClient.longest(run.from, run.until),
    checked: verdict.checked,
    violations: verdict.violations,
  };
}

export function printed(report: Report): string {
  const { seed, seconds, operations, rooms, faults, skipped, outage, pictureOutage, checked, violations } = report;
  const { ok, fail, unknown } = operations;
  const table = new Table({
    head: ["fault", "times", "without success: median ms", "p90", "worst"],
    colAligns: ["left", "right", "right", "right", "right"],
    style: { head: [], border: [] },
    chars: PLAIN,
  });
  for (const { kind, count, outage } of faults.toSorted((a, b) => a.kind.localeCompare(b.kind))) {
    table.push([kind, count, ...milliseconds(outage)]);
  }
  table.push([
    "longest of each client in the run",
    faults.reduce((sum, { count }) => sum + count, 0),
    ...milliseconds(outage),
  ]);
  return [
    `${seconds} s, seed ${seed}: ${ok + fail + unknown} operations in ${rooms} rooms, the journal and pictures: ${ok} ok, ${fail} fail, ${unknown} unknown`,
    "",
    table.toString(),
    `Sharing pictures, which takes all nodes: ${Math.round(pictureOutage).toLocaleString("en")} ms at the worst.`,
    ...skipped.map((line) => `Skipped: ${line}`),
    "",
    ...checked,
    "",
    ...(violations.length === 0 ? ["No violation."] : [`${violations.length} VIOLATIONS`, ...violations]),
  ].join("\n");
}

function milliseconds({ median, p90, worst }: Spread): string[] {
  return [median, p90, worst].map((value) => Math.round(value).toLocaleString("en"));
}
