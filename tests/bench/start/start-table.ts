import { spread } from "../failover/spread.ts";
import { plainTable } from "../plain-table.ts";
import type { Start } from "./start.ts";

const COLUMNS = ["npm start", "ready after s", "worst s", "of it npm s", "it says s", "times"];

export function startTable({ fresh, again }: Start): string {
  const rows = [
    { name: "in a new folder", starts: fresh },
    { name: "in the same again", starts: again },
  ].map(({ name, starts }) => {
    const total = spread(starts.map(({ total }) => total));
    const printed = spread(starts.map(({ printed }) => printed));
    const npm = spread(starts.map(({ total, printed }) => total - printed));
    return [
      name,
      ...[total.median, total.worst, npm.median, printed.median].map((milliseconds) =>
        (milliseconds / 1000).toFixed(2),
      ),
      starts.length,
    ];
  });
  return plainTable(COLUMNS, ["npm start"], rows);
}
