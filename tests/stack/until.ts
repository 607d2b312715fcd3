/** Waiting for something to become so, with a deadline. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two looks: the first, and the longest. Many ask a stack that shares the cores. */
const LOOK_EVERY = [20, 100] as const;

/** Resolves with the first value of `look` that is neither false nor undefined. @throws {Error} naming `what` after `within` ms */
export async function until<T>(
  what: string,
  within: number,
  look: () => T | false | undefined | Promise<T | false | undefined>,
): Promise<T> {
  const deadline = performance.now() + within;
  let pause: number = LOOK_EVERY[0];
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(pause);
    pause = Math.min(1.5 * pause, LOOK_EVERY[1]);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** It has ended; whoever inherited it has not asked how yet, which may take the first process of a machine seconds. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // After the name, which is in parentheses and may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}
