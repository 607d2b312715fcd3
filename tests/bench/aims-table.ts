/** Every aim beside what was measured, and whether that reaches it. */
import { type Aim, aims, LEAST_KILLS, LEAST_ROUNDS, verdict } from "./aims.ts";
import type { Measured } from "./measured.ts";
import { plainTable } from "./plain-table.ts";

const COLUMNS = ["measure", "against", "measured", "aim", "reached?"];

export function aimsTable(measured: Measured, { rounds, kills }: { rounds: number; kills: number }): string {
  const rows = aims.map((aim) => {
    const { measure, against, bar, unit, value } = aim;
    const found = value(measured);
    const result = verdict(aim, measured);
    const limit = "least" in bar ? `≥ ${bar.least} ${unit}` : `≤ ${bar.most} ${unit}`;
    return [measure, against, result === "not measured" ? "" : figure(found, unit), limit, result];
  });
  const table = plainTable(COLUMNS, ["measure", "against", "reached?"], rows);
  if (rounds >= LEAST_ROUNDS && kills >= LEAST_KILLS) return table;
  return `${table}\n\nA first look: the aims are about medians over ${LEAST_ROUNDS} rounds, and ${LEAST_KILLS} kills.`;
}

function figure(value: number | undefined, unit: Aim["unit"]): string {
  if (value === undefined) return "";
  return `${unit === "ms" || unit === "MiB" ? value.toFixed(1) : value.toFixed(2)} ${unit}`;
}
