/** What is run from a bundle: one file in place of the hundreds that it imports, which is most of what a start costs. */
import { fileURLToPath } from "node:url";

export interface Program {
  /** Absolute path of the folder that holds its sources and `node_modules`. */
  readonly root: string;
  /** The module that is loaded, below `root`. */
  readonly source: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** A consensus node. */
export const node: Program = { root, source: "consensus-nodes/run-node.ts" };
/** The command line, and the stack that it starts. */
export const tutti: Program = { root, source: "local-stack/cli/program.ts" };
export const programs = [node, tutti];
