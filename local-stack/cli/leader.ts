/** `tutti leader …` */
import { Command } from "@commander-js/extra-typings";
import { change } from "./change.ts";
import { groupArgument } from "./on-node.ts";
import { dataOption, jsonOption, nodeId } from "./options.ts";

export const leader = () =>
  new Command("leader").description("who leads a group").addCommand(
    new Command("move")
      .description("let another node lead a group")
      .addArgument(groupArgument())
      .argument("<id>", "the node's id", nodeId)
      .addOption(dataOption())
      .addOption(jsonOption())
      .addHelpText("after", "\nExample:\n  npx tutti leader move queue 2")
      .action((group, id, options) => change(`/leaders/${encodeURIComponent(group)}/${id}`, options)),
  );
