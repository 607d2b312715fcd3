/** Our own stack as users start it: gateway included, default configuration, logs on. */
import { fileURLToPath } from "node:url";
import { freePorts } from "../../free-ports.ts";
import { Child, makeFolder, removeFolder } from "../child-processes.ts";
import { addTrackProtocol } from "./add-track-protocol.ts";
import type { Target } from "./target.ts";

export type Runtime = "node" | "workerd";

/** Gateway, ingress, nodes, votes, decisions and control: the block that `--base-port` takes. */
const PORTS = 50;
const READY_DEADLINE_MS = 2_000;
const CLEAR_DEADLINE_MS = 30_000;

const tutti = fileURLToPath(new URL("../../../local-stack/cli/tutti.ts", import.meta.url));

export function ours(nodes: number, runtime: Runtime): Target {
  return {
    kind: "ours",
    name: `Tutti, ${runtime}`,
    nodes,
    missing: () => undefined,
    async start(parent) {
      const folder = await makeFolder(parent);
      const port = await freePorts(PORTS);
      const place = ["--base-port", String(port), "--data", folder];
      const shape = ["--nodes", String(nodes), "--runtime", runtime, "--no-demo"];
      const child = new Child(process.execPath, [tutti, "up", ...place, ...shape], folder);
      const end = async () => {
        await child.end();
        await removeFolder(folder);
      };
      try {
        await child.ready(() => isReady(port));
      } catch (error) {
        await end();
        throw error;
      }
      const rooms = new Set<string>();
      return {
        async load() {
          // A node holds a bounded number of tracks in all.
          await Promise.all([...rooms].map((room) => clear(port, room)));
          return { port, protocol: addTrackProtocol(port, rooms) };
        },
        end,
      };
    },
  };
}

async function clear(port: number, room: string): Promise<void> {
  const signal = AbortSignal.timeout(CLEAR_DEADLINE_MS);
  const response = await fetch(`http://127.0.0.1:${port}/rooms/${room}/clear`, { method: "POST", signal });
  if (!response.ok) throw new Error(`clearing room ${room}: status ${response.status}`);
}

async function isReady(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(READY_DEADLINE_MS);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
