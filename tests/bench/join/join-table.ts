/** What a node that joins costs those who write, and how soon it is of use. */
import { plainTable } from "../plain-table.ts";
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

export function joinTable({ commands, filled, entries, results }: Join): string {
  const rows = results.map(({ way, before, during, slowestSecond, stale, linearizable, voter, read }) => [
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
  return [
    plainTable(COLUMNS, ["node"], rows),
    "",
    `${commands.toLocaleString("en")} commands in ${entries.last.toLocaleString("en")} entries, put in by the core client at ` +
      `${Math.round(filled).toLocaleString("en")}/s; entries below ${entries.oldest.toLocaleString("en")} are only in the snapshot.`,
  ].join("\n");
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
