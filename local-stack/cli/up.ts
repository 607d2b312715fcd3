/** `tutti up` and `tutti dev`: a stack in the foreground. */
import { Command, Option } from "@commander-js/extra-typings";
import { HIGHEST_BASE, MAX_NODES } from "../stack/ports.ts";
import { DataFolder } from "../supervisor/data-folder.ts";
import { dataOption, jsonOption, port, whole } from "./options.ts";

const EXAMPLES = `
The nodes' files, logs and the list of ports are in the data folder; Ctrl-C stops everything, the next start finds it again.
A node that dies is started again, except after: npx tutti node kill ID. RPC_LOG=all|changes|off sets what nodes log of RPCs.
GRACE_MINUTES, EARLY_MINUTES, OFFER_MINUTES, MAX_HOURS, MAX_HOURS_PER_DAY and MAX_OPEN_RESERVATIONS are the library's limits.
DEFAULT_VOTE=abort makes all nodes vote no in transactions, P4_DEFAULT_VOTE=abort node 4, ABORT_TRANSACTIONS=ID,ID in those.

Examples:
  npx tutti up                                        gateway 8080, gRPC 50051 and 9090, nodes 9000-9004
  npx tutti up --base-port 20000 --data /tmp/other    a second stack beside the first
  npx tutti up --nodes 3 --runtime workerd            three nodes, functions in isolates`;

export const up = () =>
  stackCommand("up", "start a stack and stay with it").action(async (options) => {
    const { runStack } = await import("./run-stack.ts");
    const { data, demo = false, watch = false } = options;
    await runStack({ ...options, folder: new DataFolder(data), demo, watch });
  });

export const dev = () =>
  stackCommand("dev", "the same as up --watch").action(async (options) => {
    const { runStack } = await import("./run-stack.ts");
    const { data, demo = false } = options;
    await runStack({ ...options, folder: new DataFolder(data), demo, watch: true });
  });

const stackCommand = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .option("--nodes <n>", "how many nodes; five in a new data folder", (text) => whole(text, 1, MAX_NODES))
    .addOption(new Option("--runtime <kind>", "where functions run").choices(["node", "workerd"]).default("node"))
    .option("--port <port>", "the gateway's port (8080)", port)
    .option("--grpc-port <port>", "the gRPC ingress's port (50051)", port)
    .option("--base-port <port>", "move every port into a block that starts there", (text) =>
      whole(text, 1, HIGHEST_BASE),
    )
    .option("--host <address>", "where gateway and ingress listen", "127.0.0.1")
    .option("--lease-drift <percent>", "reads by lease, if clocks run as alike as that: see raft/lease.ts", (text) =>
      whole(text, 0, 50),
    )
    .option("--seed <file>", 'tracks for a new cluster: {"queue": {"main": [Track, …]}}')
    .option("--watch", "take over functions as they are saved")
    .option("--demo", "with students and seats to try the library with")
    .option("--no-demo", "without")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", EXAMPLES);
