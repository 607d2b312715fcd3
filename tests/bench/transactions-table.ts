/** Transactions as a table: one line per kind of transaction and number at a time, beside the plain command. */
import Table from "cli-table3";
import type { TransactionsResult } from "./transactions.ts";

const COLUMNS = [
  "at a time",
  "participants",
  "per s",
  "p50 ms",
  "p99 ms",
  "per s × plain",
  "p50 × plain",
  "p99 × plain",
];
const PLAIN = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

export function transactionsTable(results: readonly TransactionsResult[]): string {
  const table = new Table({
    head: COLUMNS,
    colAligns: COLUMNS.map((column) => (column === "participants" ? "left" : "right")),
    style: { head: [], border: [] },
    chars: PLAIN,
  });
  for (const { atATime, name, rate, p50, p99, ratios } of results) {
    table.push([
      atATime,
      name,
      Math.round(rate).toLocaleString("en"),
      p50.toFixed(2),
      p99.toFixed(2),
      `${ratios.rate.toFixed(2)} ×`,
      `${ratios.p50.toFixed(2)} ×`,
      `${ratios.p99.toFixed(2)} ×`,
    ]);
  }
  return table.toString();
}
