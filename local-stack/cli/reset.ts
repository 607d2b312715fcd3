/** `tutti reset` */
import { Command } from "@commander-js/extra-typings";
import { DataFolder } from "../supervisor/data-folder.ts";
import { dataOption, jsonOption } from "./options.ts";

export const reset = () =>
  new Command("reset")
    .description("remove all that the stack has stored: the nodes' logs, the cluster itself, the log files")
    .option("--yes", "do not ask")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nRefuses while a stack runs. Asks before it removes when it is on a terminal.")
    .action(async ({ yes, data, json }) => {
      const { confirm, removeData } = await import("./remove-data.ts");
      const { print, printJson } = await import("./output.ts");
      const folder = new DataFolder(data);
      if (yes !== true && !(await confirm(`Remove all data in ${folder}?`))) return print("nothing was removed");
      const removed = await removeData(folder);
      if (json) printJson({ removed, data: folder.path });
      else print(removed ? `${folder} is empty` : `there is nothing in ${folder}`);
    });
