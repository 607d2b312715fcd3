/** The lines that every consensus RPC leaves on each side (contracts: "Node <id> sends RPC …"). */
import type { NodeConfiguration } from "../configuration.ts";
import type { NodeLog } from "./node-log.ts";

export type OnRpc = (direction: "sends" | "runs", name: string, peer: number, heartbeat: boolean) => void;

export function createRpcLog(id: number, mode: NodeConfiguration["rpcLog"], log: NodeLog): OnRpc {
  if (mode === "off") return () => {};
  return (direction, name, peer, heartbeat) => {
    if (heartbeat && mode === "changes") return;
    log.line(
      direction === "sends"
        ? `Node ${id} sends RPC ${name} to Node ${peer}.`
        : `Node ${id} runs RPC ${name} called by Node ${peer}.`,
      heartbeat,
    );
  };
}
