/** What is mounted by this run is seen by this run alone, and gone with it, however it ends. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const MARK = "TUTTI_CHAOS_MOUNTS";

export function inMountNamespace(): boolean {
  return process.env[MARK] !== undefined;
}

/** Runs this very command again in a namespace of its own, where that can be had. @returns its exit code; undefined when this is it */
export async function enterMountNamespace(): Promise<number | undefined> {
  if (inMountNamespace()) return undefined;
  const tried = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
  if (tried.error !== undefined || tried.status !== 0) return undefined;
  const child = spawn("unshare", ["--mount", process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, [MARK]: "own" },
  });
  // Ctrl-C reaches both: the one inside ends what it has started, then this one follows.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}
