import Table from "cli-table3";

const WITHOUT_RULES = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

/** A table for a terminal. Columns named in `left` hold words, the others figures. */
export function plainTable(
  head: readonly string[],
  left: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((column) => (left.includes(column) ? "left" : "right")),
    style: { head: [], border: [] },
    chars: WITHOUT_RULES,
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
