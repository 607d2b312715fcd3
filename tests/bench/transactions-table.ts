/** Transactions as a table: one line per kind of transaction and number at a time, beside the plain command. */
import { plainTable } from "./plain-table.ts";
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

export function transactionsTable(results: readonly TransactionsResult[]): string {
  const rows = results.map(({ atATime, name, rate, p50, p99, ratios }) => [
    atATime,
    name,
    Math.round(rate).toLocaleString("en"),
    p50.toFixed(2),
    p99.toFixed(2),
    `${ratios.rate.toFixed(2)} ×`,
    `${ratios.p50.toFixed(2)} ×`,
    `${ratios.p99.toFixed(2)} ×`,
  ]);
  return plainTable(COLUMNS, ["participants"], rows);
}
