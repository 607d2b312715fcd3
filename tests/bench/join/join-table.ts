/** What a node that joins costs those who write, and how soon it is of use. */
import Table from "cli-table3";
import { median } from "../median.ts";
import type { Join } from "./join.ts";

const COLUMNS = [
  "node",
  "writes/s before",
  "while it joins",
  "ratio",
  "slowest second",
  "stale read after s",
  "linearizable after s",
  "voter after s",
  "its reads, p50 ms",
];
const PLAIN = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

export function joinTable({ commands, filled, entries, results, restarts }: Join): string {
  const table = new Table({
    head: COLUMNS,
    colAligns: COLUMNS.map((column) => (column === "node" ? "left" : "right")),
    style: { head: [], border: [] },
    chars: PLAIN,
  });
  for (const { way, before, during, slowestSecond, stale, linearizable, voter, read } of results) {
    table.push([
      way,
      Math.round(before).toLocaleString("en"),
      Math.round(during).toLocaleString("en"),
      `${(during / before).toFixed(2)} ×`,
      `${(slowestSecond / before).toFixed(2)} ×`,
      seconds(stale),
      seconds(linearizable),
      seconds(voter),
      read.toFixed(1),
    ]);
  }
  return [
    table.toString(),
    "",
    `${commands.toLocaleString("en")} commands in ${entries.last.toLocaleString("en")} entries, put in by the core client at ` +
      `${Math.round(filled).toLocaleString("en")}/s; entries below ${entries.oldest.toLocaleString("en")} are only in the snapshot.`,
    `A node that was killed has applied all again ${seconds(median(restarts))} s after its start (median of ${restarts.length}), ` +
      `at worst ${seconds(Math.max(...restarts))} s.`,
  ].join("\n");
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
