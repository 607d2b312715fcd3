/** What is run from a bundle: one file in place of the hundreds that it imports, which is most of what a start costs. */
import { fileURLToPath } from "node:url";
import type { Kept } from "./kept-files.ts";

export interface Program extends Kept {
  /** The module that is loaded, below `root`. */
  readonly source: string;
  /** A module below `root` that is left out, with all that only it imports: it is run from its sources. */
  readonly without?: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** A consensus node. */
export const node: Program = { root, name: "node", source: "consensus-nodes/run-node.ts" };
/** The command line with the stack that it starts. */
export const stack: Program = { root, name: "stack", source: "local-stack/cli/program.ts" };
/** The command line for all that is asked of a stack: three fifths less, a tenth of what a short command takes. */
export const commands: Program = { ...stack, name: "commands", without: "local-stack/cli/run-stack.ts" };
export const programs = [node, stack, commands];
