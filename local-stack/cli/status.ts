/** `tutti status` */
import { Command } from "@commander-js/extra-typings";
import { ClusterReport } from "../supervisor/cluster-report.ts";
import { DataFolder } from "../supervisor/data-folder.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { dataOption, jsonOption } from "./options.ts";

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
      const { askGateway } = await import("./ask-gateway.ts");
      const { printJson } = await import("./output.ts");
      const { url, status, body } = await askGateway(await runningStack(new DataFolder(data)), "/cluster");
      if (status !== 200) throw new Refusal(`${url} answered ${status}`);
      const { data: report } = ClusterReport.safeParse(body);
      if (report === undefined) throw new Refusal(`${url} answered what this command does not understand`);
      if (json) printJson(report);
      else await show(report);
    });

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
