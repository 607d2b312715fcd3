/** `tutti journal`: what every node has in its log, from outside. */
import { Command } from "@commander-js/extra-typings";
import { dataOption, jsonOption, nodeId, whole } from "./options.ts";

const EXAMPLES = `
Without --node the answer is linearizable: it holds all that was added before it was asked. With --node it is what that node
has applied, so a node that was cut off shows less.

Examples:
  npx tutti journal add "hello"
  npx tutti journal --node 3 --limit 10`;

export const journal = () =>
  new Command("journal")
    .description("the journal: free text through the log, and back from any node")
    .enablePositionalOptions()
    .option("--node <id>", "as that node has it", nodeId)
    .option("--limit <n>", "so many records, the newest", (text) => whole(text, 1, 100_000), 100)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", EXAMPLES)
    .action(async (options) => (await import("./journal-commands.ts")).read(options))
    .addCommand(
      new Command("add")
        .description("put a text into the journal")
        .argument("<text>")
        .option("--node <id>", "by way of that node, which passes it on to the leader", nodeId)
        .addOption(dataOption())
        .addOption(jsonOption())
        .action(async (text, options) => (await import("./journal-commands.ts")).add(text, options)),
    );
