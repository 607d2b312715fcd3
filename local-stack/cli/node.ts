/** `tutti node …` */
import { Command } from "@commander-js/extra-typings";
import { DataFolder } from "../supervisor/data-folder.ts";
import type { Action } from "../supervisor/node-process.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { dataOption, jsonOption, nodeId } from "./options.ts";

const descriptions: Readonly<Record<Action, string>> = {
  kill: "SIGKILL; it stays down until it is restarted",
  stop: "SIGTERM; it stays down until it is restarted",
  pause: "SIGSTOP: it neither answers nor knows that time passes",
  resume: "SIGCONT",
  restart: "start it again, after stopping it when it runs",
};

export const node = () => {
  const command = new Command("node")
    .description("put one node down, or up again")
    .addHelpText("after", "\nExamples:\n  npx tutti node kill 2\n  npx tutti node restart 2");
  for (const [action, description] of Object.entries(descriptions)) {
    command.addCommand(
      new Command(action)
        .description(description)
        .argument("<id>", "the node's id, as in: npx tutti status", nodeId)
        .addOption(dataOption())
        .addOption(jsonOption())
        .action(async (id, { data, json }) => {
          const { askDoor } = await import("../supervisor/door-client.ts");
          const { print, printJson } = await import("./output.ts");
          const folder = new DataFolder(data);
          const answer = await askDoor(folder, "POST", `/nodes/${id}/${action}`);
          if (answer === undefined) throw new Refusal(`no stack is running in ${folder}: start one with npm start`);
          if (json) printJson({ id, action, message: answer.message });
          else print(answer.message ?? "");
        }),
    );
  }
  return command;
};
