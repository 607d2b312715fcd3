/** The adds as a table: one line per target and number of connections, beside etcd of as many nodes and beside the echo. */
import Table from "cli-table3";
import { type AddsResult, describe, describeErrors } from "./adds.ts";

const COLUMNS = [
  "connections",
  "target",
  "adds/s",
  "p50 ms",
  "p99 ms",
  "adds × etcd",
  "p50 × etcd",
  "p99 × etcd",
  "adds × echo",
];
const PLAIN = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

export interface Ratios {
  /** To etcd of as many nodes, at as many connections. */
  readonly etcd?: { readonly rate: number; readonly p50: number; readonly p99: number };
  readonly echo?: { readonly rate: number };
}

export function ratios(result: AddsResult, all: readonly AddsResult[]): Ratios {
  const beside = all.filter(({ connections }) => connections === result.connections);
  const etcd = beside.find(
    ({ target, nodes }) => target === "etcd" && nodes === result.nodes && target !== result.target,
  );
  const echo = beside.find(({ target }) => target === "echo" && target !== result.target);
  return {
    ...(etcd && { etcd: { rate: result.rate / etcd.rate, p50: result.p50 / etcd.p50, p99: result.p99 / etcd.p99 } }),
    ...(echo && { echo: { rate: result.rate / echo.rate } }),
  };
}

export function addsTable(results: readonly AddsResult[]): string {
  const table = new Table({
    head: COLUMNS,
    colAligns: COLUMNS.map((column) => (column === "target" ? "left" : "right")),
    style: { head: [], border: [] },
    chars: PLAIN,
  });
  // A stable sort: within a number of connections the order of the targets stays.
  for (const result of results.toSorted((a, b) => a.connections - b.connections)) {
    const { etcd, echo } = ratios(result, results);
    table.push([
      result.connections,
      describe(result),
      Math.round(result.rate).toLocaleString("en"),
      result.p50.toFixed(2),
      result.p99.toFixed(2),
      times(etcd?.rate),
      times(etcd?.p50),
      times(etcd?.p99),
      times(echo?.rate),
    ]);
  }
  const errors = results.filter((result) => Object.keys(result.errors).length > 0);
  const lines = errors.map(
    (result) => `${describe(result)}, ${result.connections} connections:${describeErrors(result.errors)}`,
  );
  return [table.toString(), ...(lines.length > 0 ? ["", "Errors, counted in no rate:", ...lines] : [])].join("\n");
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? "" : `${ratio.toFixed(2)} ×`;
}
