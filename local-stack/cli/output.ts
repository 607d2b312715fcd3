/** Tables: with lines and colours on a terminal, plain columns in a pipe. */
import Table from "cli-table3";
import pc from "picocolors";

/** For people: a pipe gets plain text, also where CI is set, which the library takes for a terminal. */
export const colors = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);

/** Lines around the table, none between its rows. */
const NO_RULES = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

type Cell = string | number;

/** Lines of text; the first row is the heading. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))));
  if (process.stdout.isTTY) {
    const drawn = new Table({
      head: head.map((name) => colors.bold(name)),
      style: { head: [], border: ["gray"] },
      chars: NO_RULES,
    });
    drawn.push(...cells);
    return drawn.toString();
  }
  const widths = head.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [head.map((name) => name.toUpperCase()), ...cells].map(line).join("\n");
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, process.stdout.isTTY ? 2 : undefined));
}

/** What others wrote must neither break a table nor steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1).replace("\x7f", "\\u007f"));
}
