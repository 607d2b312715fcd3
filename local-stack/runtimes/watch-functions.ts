/** `npm run dev`: what is saved is served. */
import { relative } from "node:path";
import { watch } from "chokidar";
import { functionsFolder } from "./function-files.ts";
import type { Runtime } from "./runtime.ts";

/** Milliseconds: an editor saves several files, and each in several steps. */
const SETTLE_MS = 50;

export interface FunctionWatch {
  close(): Promise<void>;
}

export interface FunctionWatchOptions {
  /** Made with `reloadable: true`. */
  readonly runtime: Runtime;
  /** Takes one line per function that changed, and per file that cannot be loaded. */
  readonly say: (line: string) => void;
  /** The folder of the services' folders; the repository's own when absent. */
  readonly folder?: string;
}

/** Resolves when changes are seen. */
export async function watchFunctions(options: FunctionWatchOptions): Promise<FunctionWatch> {
  const { runtime, say, folder = functionsFolder } = options;
  const watcher = watch(folder, { ignoreInitial: true });
  let settle: NodeJS.Timeout | undefined;
  let reloading = Promise.resolve();
  const reload = async () => {
    const { changed, failed } = await runtime.reload();
    for (const name of changed) say(`reloaded ${name}`);
    for (const { file, reason } of failed) {
      say(`${relative(process.cwd(), file)}: ${reason}; the version before goes on`);
    }
  };
  watcher.on("all", () => {
    clearTimeout(settle);
    settle = setTimeout(() => {
      // One after the other: each takes over what changed since the one before.
      reloading = reloading.then(reload).catch((error: unknown) => say(`reload failed: ${String(error)}`));
    }, SETTLE_MS);
  });
  await new Promise<void>((resolve) => watcher.once("ready", resolve));
  return {
    close: async () => {
      clearTimeout(settle);
      await watcher.close();
      await reloading;
    },
  };
}
