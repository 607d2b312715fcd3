/** `tutti partition` and `tutti heal`: cutting and mending links between the nodes of a running stack. */
import { Command } from "@commander-js/extra-typings";
import { Refusal } from "../supervisor/refusal.ts";
import { dataOption, jsonOption } from "./options.ts";
import { type Nodes, withNodes } from "./with-nodes.ts";

export const partition = () =>
  new Command("partition")
    .description("cut the links between groups of nodes")
    .argument("<groups...>", "ids with commas, groups with spaces; nodes that are not named form one more group")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  npx tutti partition 0,1 2,3,4\n  npx tutti partition 0            cuts node 0 off from all others",
    )
    .action(async (groups, { data, json }) => {
      const { print, printJson } = await import("./output.ts");
      await withNodes(data, async (nodes) => {
        const parts = partsOf(groups, [...nodes.keys()]);
        const untold = await cut(nodes, (id) => parts.filter((part) => !part.includes(id)).flat());
        if (json) printJson({ parts, untold });
        else print(`cut between ${parts.map((part) => part.join(",")).join(" | ")}${aside(untold)}`);
      });
    });

export const heal = () =>
  new Command("heal")
    .description("mend all links")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async ({ data, json }) => {
      const { print, printJson } = await import("./output.ts");
      await withNodes(data, async (nodes) => {
        const untold = await cut(nodes, () => []);
        if (json) printJson({ healed: untold.length === 0, untold });
        else print(`all links are mended${aside(untold)}`);
      });
    });

/** Ids of the nodes that did not answer: they are down, which cuts them off as well, or paused. */
async function cut(nodes: Nodes, from: (id: number) => number[]): Promise<number[]> {
  const told = await Promise.all(
    [...nodes].map(async ([id, control]) => ({ id, ok: await control.cut({ to: from(id), from: from(id) }) })),
  );
  if (told.every(({ ok }) => !ok)) throw new Refusal("no node answers");
  return told.filter(({ ok }) => !ok).map(({ id }) => id);
}

function aside(untold: readonly number[]): string {
  return untold.length === 0 ? "" : ` (no answer from ${untold.join(", ")})`;
}

function partsOf(groups: readonly string[], known: readonly number[]): number[][] {
  const parts = groups.map((group) => group.split(",").map((text) => idOf(text, known)));
  const named = parts.flat();
  const twice = named.find((id, place) => named.indexOf(id) !== place);
  if (twice !== undefined) throw new Refusal(`node ${twice} is named twice`, 2);
  const rest = known.filter((id) => !named.includes(id));
  return rest.length === 0 ? parts : [...parts, rest];
}

function idOf(text: string, known: readonly number[]): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && known.includes(id)) return id;
  throw new Refusal(`there is no node ${JSON.stringify(text)}, only ${known.join(", ")}`, 2);
}
