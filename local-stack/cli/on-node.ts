/** Commands about one group as one node has it. */
import { Argument, Option } from "@commander-js/extra-typings";
import type { NodeControl } from "../supervisor/node-control.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { nodeId } from "./options.ts";
import { withNodes } from "./with-nodes.ts";

export const nodeOption = () =>
  new Option("--node <id>", "as this node has it; else as the first that answers").argParser(nodeId);
export const groupArgument = () => new Argument("<group>", "as in: npx tutti status");

/** @throws {Refusal} when no node, or not the one asked for, answers and has the group. */
export async function onNode(
  data: string,
  wanted: number | undefined,
  group: string,
  use: (control: NodeControl, committed: number) => Promise<void>,
): Promise<void> {
  await withNodes(data, async (nodes) => {
    if (wanted !== undefined && !nodes.has(wanted)) {
      throw new Refusal(`there is no node ${wanted}, only ${[...nodes.keys()].join(", ")}`, 2);
    }
    for (const [id, control] of nodes) {
      if (wanted !== undefined && id !== wanted) continue;
      const status = await control.status();
      if (status === undefined) continue;
      const found = status.groups.find(({ name }) => name === group);
      if (found === undefined) {
        const names = status.groups.map(({ name }) => name).join(", ");
        throw new Refusal(`there is no group ${JSON.stringify(group)}, only ${names}`, 2);
      }
      try {
        return await use(control, found.commitIndex);
      } catch (error) {
        throw new Refusal(detailsOf(error));
      }
    }
    throw new Refusal(wanted === undefined ? "no node answers" : `node ${wanted} does not answer`);
  });
}

function detailsOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "details" in error) return String(error.details);
  return String(error);
}
