/** Looks before anything is started whether the ports are free. */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "../supervisor/refusal.ts";
import { portHolder } from "./port-holder.ts";
import type { Doors, Ports } from "./ports.ts";

/** Nodes of a stack that was killed end by themselves within this time. */
const LEAVING_MS = 1_500;
const LOOK_EVERY_MS = 50;

/**
 * @param nodes ids of those that will run
 * @param leaving true when a stack was killed here: its nodes may be about to end.
 * @throws {Refusal} naming the first port that is taken. The second ingress is an extra door and not looked at.
 */
export async function checkPorts(
  ports: Ports,
  nodes: readonly number[],
  host: string,
  leaving: boolean,
): Promise<void> {
  const needed = [
    { what: "the gateway", port: ports.gateway, host, flags: "--port or --base-port" },
    { what: "the gRPC ingress", port: ports.ingress[0], host, flags: "--grpc-port or --base-port" },
    ...nodes.map((id) => ({ what: `node ${id}`, port: ports.nodes[id] ?? 0, host: "127.0.0.1", flags: "--base-port" })),
  ];
  const patience = leaving ? performance.now() + LEAVING_MS : 0;
  await Promise.all(
    needed.map(async ({ what, port, host, flags }) => {
      for (;;) {
        const trouble = await tryPort(port, host);
        if (trouble === undefined) return;
        if (performance.now() < patience) await sleep(LOOK_EVERY_MS);
        else throw new Refusal(describe(trouble, port, host, what, flags));
      }
    }),
  );
}

/**
 * The doors that can be opened; `say` is told of each other one.
 * @param leaving as above.
 */
export async function freeDoors(
  doors: readonly Doors[],
  leaving: boolean,
  say: (line: string) => void,
): Promise<readonly Doors[]> {
  const patience = leaving ? performance.now() + LEAVING_MS : 0;
  return Promise.all(
    doors.map(async (ofNode, id) => {
      const free = await Promise.all(
        Object.entries(ofNode).map(async ([what, port]: [string, number]) => {
          while ((await tryPort(port, "127.0.0.1")) !== undefined) {
            if (performance.now() >= patience) {
              const held = portHolder(port);
              const by = held === undefined ? "" : ` by ${held}`;
              say(
                `port ${port} (${what} of node ${id}) is in use${by}: going on without it, the node's own port serves it too`,
              );
              return [];
            }
            await sleep(LOOK_EVERY_MS);
          }
          return [[what, port]];
        }),
      );
      return Object.fromEntries(free.flat());
    }),
  );
}

/** The code of the error that listening there gives. */
async function tryPort(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  } finally {
    server.close();
  }
}

function describe(trouble: string, port: number, host: string, what: string, flags: string): string {
  if (trouble !== "EADDRINUSE") return `${what} cannot listen on ${host}:${port}: ${trouble}`;
  const holder = portHolder(port);
  const held = holder === undefined ? "" : ` by ${holder}`;
  return `port ${port} (${what}) is in use${held}: end that, or choose another port with ${flags}`;
}
