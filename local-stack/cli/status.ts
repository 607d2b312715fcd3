/** `tutti status` */
import { Command } from "@commander-js/extra-typings";
import { ClusterReport } from "../supervisor/cluster-report.ts";
import { DataFolder } from "../supervisor/data-folder.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { authority } from "./authority.ts";
import { dataOption, jsonOption } from "./options.ts";

/** The gateway gives silent nodes half a second. */
const PATIENCE_MS = 3_000;

export const status = () =>
  new Command("status")
    .description("who leads, who is down, how far each node has committed and applied")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nThe JSON is that of the gateway's GET /cluster. Columns of groups: role, index committed, index applied.",
    )
    .action(async ({ data, json }) => {
      const { runningStack } = await import("../supervisor/stack-file.ts");
      const { printJson } = await import("./output.ts");
      const folder = new DataFolder(data);
      const { host, ports } = await runningStack(folder);
      const report = await askGateway(host, ports.gateway);
      if (json) printJson(report);
      else await show(report);
    });

async function askGateway(host: string, port: number): Promise<ClusterReport> {
  const url = `http://${authority(host, port)}/cluster`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) return ClusterReport.parse(await response.json());
    throw new Refusal(`${url} answered ${response.status}`);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${url} does not answer: the stack is still starting, or just ending`);
  }
}

async function show({ nodes, groups }: ClusterReport): Promise<void> {
  const { print, table } = await import("./output.ts");
  const rows = nodes.map(({ id, pid, address, alive, paused, member, cut }) => {
    const state = [paused ? "paused" : pid === null ? "down" : alive ? "up" : "silent"];
    if (!member) state.push("has lost its data");
    if (cut.length > 0) state.push(`cut off from ${cut.join(",")}`);
    const columns = groups.map(({ members }) => {
      const self = members.find((candidate) => candidate.id === id);
      return self === undefined ? "" : `${self.role} ${self.commit_index} ${self.applied_index}`;
    });
    return [id, pid ?? "", address, state.join(", "), ...columns];
  });
  print(table(["node", "pid", "address", "state", ...groups.map(({ name }) => name)], rows));
  for (const { name, leader, term } of groups) {
    print(`${name}: ${leader === null ? "no leader" : `node ${leader} leads`}, term ${term}`);
  }
}
