import { spread } from "../failover/spread.ts";
import type { Restart } from "./restart.ts";

export function restartTable({ commands, entries, times }: Restart): string {
  const { median, worst } = spread(times);
  return [
    `${commands.toLocaleString("en")} commands in ${entries.last.toLocaleString("en")} entries; entries below ` +
      `${entries.oldest.toLocaleString("en")} are only in the snapshot.`,
    `All is applied again ${seconds(median)} s after the start (median of ${times.length}), at worst ${seconds(worst)} s.`,
  ].join("\n");
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
