/** `tutti 2pc …`: transactions over nodes, begun by hand, and what became of them. Heavy things are loaded when a command runs. */
import { Command } from "@commander-js/extra-typings";
import { dataOption, jsonOption, whole } from "./options.ts";

const EXAMPLES = `
begin speaks gRPC to a coordinator: node 0 is on localhost:6100, and every node coordinates on 6100 + id. The same id again gives
the same decision again.

Examples:
  npx tutti 2pc begin localhost:6100 --participants 0 1 2 3 4
  npx tutti 2pc begin localhost:6100 --participants 1 2 --operation "delete x.jpg" --transaction-id txn-1
  npx tutti 2pc list
  npx tutti 2pc show txn-1`;

const load = () => import("./two-phase-commit-commands.ts");

export const twoPhaseCommit = () =>
  new Command("2pc")
    .description("two-phase commit: begin a transaction, see what became of it")
    .addHelpText("after", EXAMPLES)
    .addCommand(
      new Command("begin")
        .description("run a transaction over some nodes")
        .argument("<server>", "host:port of the coordinator")
        .requiredOption("--participants <ids...>", "the nodes that take part")
        .option("--operation <text>", "what it is about", "")
        .option("--transaction-id <id>", "made up when it is not given", "")
        .addOption(jsonOption())
        .action(async (server, options) => (await load()).begin(server, options)),
    )
    .addCommand(
      new Command("list")
        .description("the newest transactions, those that are not over first")
        .option("--limit <n>", "so many", (text) => whole(text, 1, 10_000), 20)
        .addOption(dataOption())
        .addOption(jsonOption())
        .action(async (options) => (await load()).list(options)),
    )
    .addCommand(
      new Command("show")
        .description("one transaction: votes, who is waited for and for how long")
        .argument("<id>")
        .addOption(dataOption())
        .addOption(jsonOption())
        .action(async (id, options) => (await load()).show(id, options)),
    );
