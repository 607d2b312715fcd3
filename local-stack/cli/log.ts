/** `tutti log`: what a group's log holds. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command, Option } from "@commander-js/extra-typings";
import type { LogEntry } from "../../proto/generated/control.ts";
import { groupArgument, nodeOption, onNode } from "./on-node.ts";
import { dataOption, jsonOption, whole } from "./options.ts";

const FOLLOW_EVERY_MS = 200;
/** Entries shown when nothing else is asked for: the newest. */
const SHOWN = 100;

const index = (text: string) => whole(text, 1, Number.MAX_SAFE_INTEGER);

export const log = () =>
  new Command("log")
    .description("the committed entries of a group's log, as readable commands")
    .addArgument(groupArgument())
    .addOption(new Option("--from <n>", `begin with this entry; else with the last ${SHOWN}`).argParser(index))
    .addOption(new Option("--follow", "go on with what comes, until Ctrl-C"))
    .addOption(nodeOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  npx tutti log queue\n  npx tutti log journal --from 1 --follow --json")
    .action(async (group, { from, follow, node, data, json }) => {
      const { print, printJson, printable } = await import("./output.ts");
      const show = (entry: LogEntry) => {
        const content: unknown = entry.content === "" ? undefined : JSON.parse(entry.content);
        if (json) printJson({ ...entry, content });
        else for (const line of linesOf(entry, content)) print(printable(line));
      };
      await onNode(data, node, group, async (control, committed) => {
        let next = from ?? Math.max(1, committed - SHOWN + 1);
        do {
          for await (const entry of control.readLog(group, next, 0)) {
            show(entry);
            next = entry.index + 1;
          }
          if (follow) await sleep(FOLLOW_EVERY_MS);
        } while (follow);
      });
    });

function linesOf({ index, term, kind, time }: LogEntry, content: unknown): string[] {
  // An entry of a leader that had just been elected bears no time.
  const when = time === 0 ? "-" : new Date(time).toISOString();
  const head = `${index}  term ${term}  ${when}  `;
  if (!Array.isArray(content)) return [`${head}${kind}${content === undefined ? "" : ` ${JSON.stringify(content)}`}`];
  return content.map(({ command, input, ...rest }) => {
    const parts = [command, input === undefined ? "" : JSON.stringify(input)];
    for (const [name, value] of Object.entries(rest)) parts.push(`${name}=${value}`);
    return `${head}${parts.filter((part) => part !== "").join(" ")}`;
  });
}
