/**
 * Ports that nobody listens on. Between the choice and the listening somebody else might take one: so they lie below the range
 * from which the system takes ports for outgoing connections, and each test worker chooses from a stretch of its own.
 */
import { createServer, type Server } from "node:net";

/** Below Linux's ip_local_port_range. */
const LOWEST = 15_000;
const HIGHEST = 31_000;
/** More than there are workers at once. */
const STRETCHES = 8;
const STRETCH = (HIGHEST - LOWEST) / STRETCHES;
const ATTEMPTS = 100;

/** Vitest numbers its workers from 1; whoever is none has the first stretch. */
const stretch = Number(process.env.VITEST_POOL_ID ?? 0) % STRETCHES;

/** The first of `count` consecutive free ports. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const first = LOWEST + stretch * STRETCH + Math.floor(Math.random() * (STRETCH - count));
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(first + offset)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} consecutive free ports in ${ATTEMPTS} attempts`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server: Server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
