/** `npm run dev`: a function that is saved serves the next request. */
import { fileURLToPath } from "node:url";
import type { Runtime } from "../runtimes/runtime.ts";

const FUNCTIONS = fileURLToPath(new URL("../../functions", import.meta.url));
/** Editors write a file in several steps, and several files at once. */
const SETTLE_MS = 50;

/** @returns what ends the watching */
export async function reloadOnSave(runtime: Runtime, say: (line: string) => void): Promise<() => Promise<void>> {
  // Only who watches loads it.
  const { watch } = await import("chokidar");
  const watcher = watch(FUNCTIONS, { ignoreInitial: true });
  let settled: NodeJS.Timeout | undefined;
  let last: Promise<void> = Promise.resolve();

  const reload = async () => {
    try {
      const { changed, failed } = await runtime.reload();
      if (changed.length > 0) say(`reloaded ${changed.join(", ")}`);
      for (const { file, reason } of failed)
        say(`${file} is not served as it is now, its last good version is: ${reason}`);
    } catch (error) {
      say(`not reloaded: ${error instanceof Error ? error.message : error}`);
    }
  };
  watcher.on("all", () => {
    clearTimeout(settled);
    settled = setTimeout(() => {
      last = last.then(reload);
    }, SETTLE_MS);
  });
  await new Promise<void>((resolve) => watcher.once("ready", resolve));
  return async () => {
    clearTimeout(settled);
    await watcher.close();
    await last;
  };
}
