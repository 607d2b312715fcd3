/** `tutti node …` */
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "@commander-js/extra-typings";
import { DataFolder } from "../supervisor/data-folder.ts";
import type { Action } from "../supervisor/node-process.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { change } from "./change.ts";
import { dataOption, jsonOption, nodeId } from "./options.ts";

/** A node reads its log before it answers. */
const STARTS_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

const descriptions: Readonly<Record<Action, string>> = {
  kill: "SIGKILL; it stays down until it is restarted",
  stop: "SIGTERM; it stays down until it is restarted",
  pause: "SIGSTOP: it neither answers nor knows that time passes",
  resume: "SIGCONT",
  restart: "start it again, after stopping it when it runs",
};

export const node = () => {
  const command = new Command("node")
    .description("put one node down, or up again; add one, remove one, replace one")
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
          if (action === "restart") await untilItAnswers(id, folder);
          if (json) printJson({ id, action, message: answer.message });
          else print(answer.message ?? "");
        }),
    );
  }
  return command.addCommand(add()).addCommand(ofNode("remove", REMOVE)).addCommand(ofNode("replace", REPLACE));
};

const REMOVE = "take it out of every group, end it, and remove its folder";
const REPLACE = "let it begin again with an empty folder, when it has lost or damaged its own";

const add = () =>
  new Command("add")
    .description("start one more node; it becomes a voter of every group when it has caught up")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((options) => change("/nodes", options));

const ofNode = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .argument("<id>", "the node's id, as in: npx tutti status", nodeId)
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((id, options) => change(`/nodes/${id}/${name}`, options));

/** So that what is typed next finds it there. */
async function untilItAnswers(id: number, folder: DataFolder): Promise<void> {
  const { runningStack } = await import("../supervisor/stack-file.ts");
  const { NodeControl } = await import("../supervisor/node-control.ts");
  const { ports } = await runningStack(folder);
  const control = new NodeControl(`127.0.0.1:${ports.nodes.find((known) => known.id === id)?.port}`);
  const deadline = performance.now() + STARTS_WITHIN_MS;
  try {
    while ((await control.status()) === undefined) {
      if (performance.now() > deadline)
        throw new Refusal(`node ${id} was started and does not answer: see ${folder.nodeOutput(id)}`);
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    control.close();
  }
}
