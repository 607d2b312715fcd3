/** Outages as tables: of the client that waited longest, of the one in the middle, and of all with newcomers together, beside etcd's. */
import { plainTable } from "../plain-table.ts";
import type { Failover, FailoverResult } from "./failover.ts";
import type { Spread } from "./spread.ts";

const COLUMNS = [
  "leader",
  "target",
  "times",
  "without a success",
  "median ms",
  "p90 ms",
  "worst ms",
  "median × etcd",
  "worst × etcd",
];
const LEFT = ["leader", "target", "without a success"];
const BLOWS = { kill: "kill -9", stop: "stopped" };
const VIEWS = [
  ["longest client", ({ longest }: FailoverResult): Spread => longest],
  ["middle client", ({ middle }: FailoverResult): Spread => middle],
  ["anybody", ({ nobody }: FailoverResult): Spread => nobody],
] as const;

export function failoverTable({ results, calm }: Failover): string {
  const rows = results.flatMap((result) => {
    const etcd = results.find(({ name, blow }) => name === "etcd" && blow === result.blow && name !== result.name);
    return VIEWS.map(([view, of]) => {
      const { median, p90, worst } = of(result);
      return [
        BLOWS[result.blow],
        result.name,
        result.trials.length,
        view,
        median.toFixed(0),
        p90.toFixed(0),
        worst.toFixed(0),
        etcd === undefined ? "" : `${(median / of(etcd).median).toFixed(2)} ×`,
        etcd === undefined ? "" : `${(worst / of(etcd).worst).toFixed(2)} ×`,
      ];
    });
  });
  const lines = results.map(
    ({ name, blow, repeated, recovery, trials }) =>
      `${name}, ${BLOWS[blow]}: more than one election in ${repeated} of ${trials.length}; ` +
      `all nodes up and well, and the rate back, after ${(recovery.median / 1000).toFixed(1)} s (median)`,
  );
  const quiet = Object.entries(calm).map(
    ([name, { seconds, elections }]) =>
      `${name}: ${elections} elections that no blow explains; ${seconds.toFixed(0)} s under load between them`,
  );
  return [plainTable(COLUMNS, LEFT, rows), "", ...lines, ...quiet].join("\n");
}
