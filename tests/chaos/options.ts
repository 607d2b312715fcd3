/** What `npm run chaos -- …` may be told. */
import { randomInt } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";

export interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly rooms: number;
  readonly pause: number;
  /** Parts of names of faults; empty: all. */
  readonly only: readonly string[];
  readonly keep?: true;
}

const MAX_MINUTES = 24 * 60;

export function parseOptions(argv: readonly string[]): Options {
  return new Command("chaos")
    .description("The real stack under load and faults; then its history is checked, and its nodes are compared.")
    .option("--minutes <n>", "for how long faults are made", number(0.1, MAX_MINUTES), 5)
    .option("--seed <n>", "of the faults and of what clients do", number(0, 2 ** 32 - 1), randomInt(2 ** 32 - 1))
    .option("--rooms <n>", "rooms at a time, of five clients each", number(1, 100), 4)
    .option(
      "--pause <ms>",
      "of a client between an answer and the next question, on the average",
      number(0, 10_000),
      10,
    )
    .option("--only <list>", "only faults whose names have one of these in them", (text) => text.split(","), [])
    .option("--keep", "leave the data folder, also when all went well")
    .allowExcessArguments(false)
    .addHelpText("after", "\nExit code: 0 without a violation, 1 with one; the history is then kept in a file.")
    .parse(argv)
    .opts<Options>();
}

function number(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`expected a number from ${lowest} to ${highest}.`);
  };
}
