/** The process behind the command `tutti`. Compiled code is kept, and handed on to the processes it starts. */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { loadProgram } from "../../bundles/fresh-bundle.ts";
import { commands, stack } from "../../bundles/program.ts";

process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL("../../node_modules/.cache/node-compile-cache", import.meta.url),
);
enableCompileCache(process.env.NODE_COMPILE_CACHE);

// Whoever read our output has enough of it: `tutti journal | head`.
process.stdout.on("error", () => process.exit(0));

const [command = "help"] = process.argv.slice(2);
const use = /^[a-z0-9]+$/.test(command) ? command : "help";
const program = ["up", "dev"].includes(command) ? stack : commands;
const { run } = await loadProgram(program, use, () => import("./program.ts"));
process.exit(await run(process.argv.slice(2)));
