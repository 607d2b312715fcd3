/** What `npm run bench -- …` may be told. */
import { closeSync, openSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { RUNTIMES, type Runtime, TARGETS } from "./targets/target.ts";

export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly only: readonly Kind[];
  readonly nodes: readonly number[];
  readonly connections: readonly number[];
  readonly runtime: readonly Runtime[];
  readonly kills: number;
  readonly commands: number;
  readonly data: string;
  readonly json?: string;
  readonly picture?: string;
  readonly from?: string;
}

const KINDS = [
  ...TARGETS,
  ...([
    "reads",
    "transactions",
    "failover",
    "join",
    "restart",
    "queue",
    "seats",
    "memory",
    "idle",
    "start",
    "cold-start",
  ] as const),
] as const;
export type Kind = (typeof KINDS)[number];

const MAX_CONNECTIONS = 4096;
const MAX_NODES = 9;
/** Every other one adds a track, and a node holds a million of them. */
const MAX_COMMANDS = 1_500_000;

export function parseOptions(argv: readonly string[]): Options {
  const program = new Command("bench")
    .description(
      "Adds and reads per second and their latency: this stack, and beside it etcd, a bare echo and Redis; transactions beside a plain command; the loss of a leader beside etcd; a node that joins, or starts again, on a long log; long queues; library seats; memory; idling; starts. Ends with the aims, and which of them are reached. All of it takes about an hour.",
    )
    .option("--rounds <n>", "rounds; every figure is the median over them", integer(1, 100), 5)
    .option("--seconds <s>", "measured seconds per load", integer(1, 600), 5)
    .addOption(
      new Option("--quick", "one round of 2 seconds per load, few kills, a short log: for a first look").implies({
        rounds: 1,
        seconds: 2,
        kills: 3,
        commands: 100_000,
      }),
    )
    .addOption(list("--only <list>", "what to measure", oneOf(KINDS), KINDS))
    .addOption(list("--nodes <list>", "cluster sizes", listOf(integer(1, MAX_NODES)), [3, 5]))
    .addOption(list("--connections <list>", "load sizes", listOf(integer(1, MAX_CONNECTIONS)), [1, 16, 64, 256]))
    .addOption(list("--runtime <list>", "of the functions", oneOf(RUNTIMES), RUNTIMES))
    .option(
      "--kills <n>",
      "kills of a leader, of ours and of etcd each; a third as many clean stops",
      integer(1, 1000),
      30,
    )
    .option(
      "--commands <n>",
      "that a node which joins, or starts again, finds in the log",
      integer(1000, MAX_COMMANDS),
      1_000_000,
    )
    .option("--data <folder>", "where the targets keep their data; choose a real disk", folder, tmpdir())
    .option("--json <file>", "also write all figures to a file, after each part of the run", writable)
    .option("--picture <file>", "also draw adds and their latency, as SVG", writable)
    .addOption(
      new Option("--from <file>", "measure nothing: draw the picture from a file that --json wrote").implies({
        only: [],
      }),
    )
    .allowExcessArguments(false);
  return program.parse(argv).opts<Options>();
}

function list<T>(flags: string, description: string, parse: (text: string) => T[], all: readonly T[]): Option {
  return new Option(flags, description).argParser(parse).default(all, all.join(","));
}

function folder(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new InvalidArgumentError("no such folder.");
  return path;
}

/** Found out now rather than after all the measuring. */
function writable(path: string): string {
  try {
    closeSync(openSync(path, "a"));
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return path;
}

function integer(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < lowest || value > highest) {
      throw new InvalidArgumentError(`expected an integer from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(",").map(parse);
}

function oneOf<T extends string>(choices: readonly T[]): (text: string) => T[] {
  return listOf((text) => {
    const choice = choices.find((choice) => choice === text);
    if (choice === undefined) throw new InvalidArgumentError(`expected some of ${choices.join(", ")}.`);
    return choice;
  });
}
