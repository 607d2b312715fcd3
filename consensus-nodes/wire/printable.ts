/** A name that a caller chose, fit for a line of the log: no spaces, no line breaks, bounded. */
export function printable(name: string): string {
  return name.slice(0, 64).replaceAll(/[^\w.:-]/g, "?");
}
