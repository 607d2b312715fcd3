/** `tutti at`: what the state of a group was. */
import { Command } from "@commander-js/extra-typings";
import { groupArgument, nodeOption, onNode } from "./on-node.ts";
import { dataOption, whole } from "./options.ts";

const index = (text: string) => whole(text, 1, Number.MAX_SAFE_INTEGER);

export const at = () =>
  new Command("at")
    .description("the state of a group as it was after an entry of its log, from what is kept of it")
    .addArgument(groupArgument())
    .argument("<index>", "of the entry, as in: npx tutti log GROUP", index)
    .addOption(nodeOption())
    .addOption(dataOption())
    .addHelpText("after", "\nOne JSON value a line. Example:\n  npx tutti at queue 42")
    .action(async (group, index, { node, data }) => {
      const { print } = await import("./output.ts");
      await onNode(data, node, group, async (control) => {
        for await (const { json } of control.stateAt(group, index)) print(json);
      });
    });
