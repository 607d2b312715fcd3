/** Our own stack as users start it: gateway included, default configuration, logs on. */
import { addTrackProtocol } from "./add-track-protocol.ts";
import { startStack } from "./stack.ts";
import type { Runtime, Target } from "./target.ts";

const CLEAR_DEADLINE_MS = 30_000;

export function ours(nodes: number, runtime: Runtime): Target {
  return {
    kind: "ours",
    name: `Tutti, ${runtime}`,
    runtime,
    nodes,
    missing: () => undefined,
    async start(parent) {
      const { port, end } = await startStack(parent, ["--nodes", String(nodes), "--runtime", runtime]);
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
