/** What this stack ran from its sources, the next start is to find bundled: a process of its own sees to that, at low priority. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { freshBundle } from "../../bundles/fresh-bundle.ts";
import { programs } from "../../bundles/program.ts";

const MAKER = fileURLToPath(new URL("../../bundles/main.ts", import.meta.url));

/** Does nothing when all are fresh. Where they cannot be kept, sources are run as well. */
export function makeBundlesForLater(): { close(): void } {
  if (programs.every((program) => freshBundle(program) !== undefined)) return { close() {} };
  const maker = spawn(process.execPath, [MAKER], { stdio: "ignore" });
  maker.on("error", () => {});
  return { close: () => maker.kill() };
}
