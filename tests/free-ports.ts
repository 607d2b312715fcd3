/**
 * Ports that nobody listens on. Between the choice and the listening, and while what listens is started again, somebody else
 * might take one: so they lie below the range from which the system takes ports for outgoing connections, and in a block whose
 * first port this process holds until it ends. Test runs beside this one stay away from it.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Below Linux's ip_local_port_range. */
const LOWEST = 15_000;
const HIGHEST = 31_000;
/** Ports of a block; what `--base-port` takes fits in. */
const BLOCK = 64;
const ATTEMPTS = 100;

/** The first of `count` consecutive free ports, fewer than a block has. */
export async function freePorts(count: number): Promise<number> {
  if (count >= BLOCK) throw new RangeError(`${count} ports do not fit into a block of ${BLOCK}`);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const block = LOWEST + BLOCK * Math.floor((Math.random() * (HIGHEST - LOWEST)) / BLOCK);
    const held = await listen(block);
    if (held === undefined) continue;
    const first = block + 1;
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(first + offset)));
    if (free.every(Boolean)) {
      held.unref();
      return first;
    }
    held.close();
  }
  throw new Error(`no ${count} consecutive free ports in ${ATTEMPTS} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  await once(server.close(), "close");
  return true;
}

/** Undefined when the port is taken. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer().listen({ port, host: "127.0.0.1", exclusive: true });
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}
