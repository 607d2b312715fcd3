/** Options and arguments that several commands share. */
import { fileURLToPath } from "node:url";
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";

/** In the repository, wherever in it the command is given. */
const DATA = fileURLToPath(new URL("../../.tutti", import.meta.url));

export const dataOption = () =>
  new Option("--data <dir>", "the stack's data folder").default(DATA, ".tutti in the repository");

export const jsonOption = () => new Option("--json", "print JSON");

export function port(text: string): number {
  return whole(text, 1, 65_535);
}

export function whole(text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
}

export function nodeId(text: string): number {
  return whole(text, 0, 4094);
}
