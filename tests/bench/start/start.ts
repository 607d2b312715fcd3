/**
 * `npm start`, from the moment it is given until it prints that all is ready: in a new data folder, and in one that is there
 * from before. The first start of all, which compiles the code that later ones find, does not count.
 *
 *     |-- npm, install.js --|-- the stack: "ready in … s" --|
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DataFolder } from "../../../local-stack/supervisor/data-folder.ts";
import { askDoor } from "../../../local-stack/supervisor/door-client.ts";
import { freePorts } from "../../free-ports.ts";
import { until } from "../../stack/until.ts";
import { Child, makeFolder, removeFolder } from "../child-processes.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** The block that `--base-port` takes. */
const PORTS = 50;
const LOOK_EVERY_MS = 5;
const ENDS_WITHIN_MS = 5_000;

export interface StartPlan {
  readonly rounds: number;
  /** The folder in which the stack puts its data. */
  readonly data: string;
}

/** Milliseconds. */
export interface Started {
  /** From the spawning of npm to the line that says ready. */
  readonly total: number;
  /** What that line says: since the stack's process began. */
  readonly printed: number;
}

export interface Start {
  readonly fresh: readonly Started[];
  readonly again: readonly Started[];
}

/** @throws {Error} when it does not come up */
export async function measureStart({ rounds, data }: StartPlan, progress: (line: string) => void): Promise<Start> {
  const fresh: Started[] = [];
  const again: Started[] = [];
  for (let round = 0; round <= rounds; round++) {
    const folder = await makeFolder(data);
    const port = await freePorts(PORTS);
    const first = await start(folder, port);
    const second = await start(folder, port);
    await removeFolder(folder);
    if (round === 0) continue;
    fresh.push(first);
    again.push(second);
    progress(
      `start  round ${round}/${rounds}  new folder ${Math.round(first.total)} ms, again ${Math.round(second.total)} ms`,
    );
  }
  return { fresh, again };
}

async function start(folder: string, port: number): Promise<Started> {
  const data = new DataFolder(join(folder, "data"));
  const begun = performance.now();
  const shape = ["--base-port", String(port), "--data", data.path];
  const child = new Child("npm", ["--prefix", ROOT, "start", "--", ...shape], folder);
  try {
    await child.ready(async () => child.output().includes("ready in "), LOOK_EVERY_MS);
    const total = performance.now() - begun;
    const seconds = /ready in ([\d.]+) s/.exec(child.output())?.[1];
    if (seconds === undefined) throw new Error(`npm start did not say when it was ready: ${child.output()}`);
    // The stack itself, not npm before it: the next start is to find a folder that was left in order.
    const pid = (await askDoor(data, "GET", "/"))?.pid;
    if (pid !== undefined) process.kill(pid, "SIGTERM");
    await until("the stack has ended", ENDS_WITHIN_MS, async () => (await askDoor(data, "GET", "/")) === undefined);
    return { total, printed: Number(seconds) * 1000 };
  } finally {
    await child.end();
  }
}
