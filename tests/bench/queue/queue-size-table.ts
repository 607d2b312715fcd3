import { plainTable } from "../plain-table.ts";
import type { QueueSizeResult } from "./queue-size.ts";

const COLUMNS = ["command", "at a time", "of 100, ms", "of 100,000, ms", "ratio", "calls"];

export function queueSizeTable(results: readonly QueueSizeResult[]): string {
  const rows = results.map(({ command, atATime, long, short, calls }) => [
    command,
    atATime,
    short.toFixed(2),
    long.toFixed(2),
    `${(long / short).toFixed(2)} ×`,
    calls.toLocaleString("en"),
  ]);
  return plainTable(COLUMNS, ["command"], rows);
}
