/** The command `tutti` as tests start it: as the launcher does, without one process more for each. */
import { fileURLToPath } from "node:url";
import { v8Options } from "../../local-stack/launch/dependencies.js";

const tutti = fileURLToPath(new URL("../../local-stack/cli/tutti.ts", import.meta.url));

/** Arguments for Node. @param program another copy's `local-stack/cli/tutti.ts` */
export function commandLine(args: readonly string[], program = tutti): string[] {
  return [...v8Options, program, ...args];
}
