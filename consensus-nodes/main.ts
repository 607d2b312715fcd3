/**
 * A node process: `node consensus-nodes/main.ts '<NodeConfiguration as JSON>'`.
 *
 * It ends on SIGTERM and SIGINT, when it has handed over what it leads; and when its standard input closes, without: whoever
 * started it is gone then, or ends, and so do the other nodes.
 * Exit codes: 0 ended as asked; 1 a defect; 2 bad configuration; 3 its files are damaged or another's, and it refuses to start;
 * 4 a write to the log failed, and nothing may be acknowledged any more; 5 its port is taken.
 */
import { loadProgram } from "../bundles/fresh-bundle.ts";
import { node } from "../bundles/program.ts";

const { runNode } = await loadProgram(node, "node", () => import("./run-node.ts"));
await runNode(process.argv[2]);
