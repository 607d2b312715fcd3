/** Loads as a table: one line per target and number of connections, beside etcd of as many nodes and beside the echo. */
import { describe, describeErrors, type LoadsResult } from "./loads.ts";
import { plainTable } from "./plain-table.ts";

export interface Ratios {
  /** To etcd of as many nodes, at as many connections. */
  readonly etcd?: { readonly rate: number; readonly p50: number; readonly p99: number };
  readonly echo?: { readonly rate: number };
}

export function ratios(result: LoadsResult, all: readonly LoadsResult[]): Ratios {
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

/** @param what the requests are, as in "adds" */
export function loadsTable(results: readonly LoadsResult[], what: string): string {
  const has = (kind: LoadsResult["target"]) => results.some(({ target }) => target === kind);
  const [besideEtcd, besideEcho] = [has("etcd"), has("echo")];
  const head = [
    ...["connections", "target", `${what}/s`, "p50 ms", "p95 ms", "p99 ms"],
    ...(besideEtcd ? [`${what} × etcd`, "p50 × etcd", "p99 × etcd"] : []),
    ...(besideEcho ? [`${what} × echo`] : []),
  ];
  // A stable sort: within a number of connections the order of the targets stays.
  const rows = results
    .toSorted((a, b) => a.connections - b.connections)
    .map((result) => {
      const { etcd, echo } = ratios(result, results);
      return [
        ...[result.connections, describe(result), Math.round(result.rate).toLocaleString("en")],
        ...[result.p50, result.p95, result.p99].map((milliseconds) => milliseconds.toFixed(2)),
        ...(besideEtcd ? [times(etcd?.rate), times(etcd?.p50), times(etcd?.p99)] : []),
        ...(besideEcho ? [times(echo?.rate)] : []),
      ];
    });
  const errors = results.filter((result) => Object.keys(result.errors).length > 0);
  const lines = errors.map(
    (result) => `${describe(result)}, ${result.connections} connections:${describeErrors(result.errors)}`,
  );
  const table = plainTable(head, ["target"], rows);
  return [table, ...(lines.length > 0 ? ["", "Errors, counted in no rate:", ...lines] : [])].join("\n");
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? "" : `${ratio.toFixed(2)} ×`;
}
