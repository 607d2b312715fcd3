#!/usr/bin/env node
/** The command `tutti`: installs what is missing, then hands over to Node 24. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { compileCache, installMissing, node, root, v8Options } from "./dependencies.js";

const exitCode = installMissing();
if (exitCode !== 0) process.exit(exitCode);

const command = spawn(node, [...v8Options, join(root, "local-stack/cli/tutti.ts"), ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCache },
});
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(signal, () => command.kill(signal));
// npx puts a shell in between, which dies of a signal without passing it on.
if (process.env.npm_command === "exec") {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    command.kill("SIGTERM");
  }, 100);
}
command.on("error", (error) => {
  console.error(`${node} could not be run: ${error.message}`);
  process.exit(1);
});
command.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128 + constants.signals[signal])));
