import { defineConfig } from "vitest/config";
import { LongestFirst } from "./tests/longest-first.ts";

/** Most tests start real processes: a slow machine is no failure, a hang is. */
const PATIENCE_MS = 60_000;

export default defineConfig({
  test: {
    // Every process that a test starts loads the same modules: compiled once.
    env: { NODE_COMPILE_CACHE: new URL("node_modules/.cache/compile", import.meta.url).pathname },
    globalSetup: ["tests/bundles-made.ts"],
    include: ["tests/**/*.test.ts"],
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    pool: "forks",
    // Simulations make much that lives short, beside much that other files have left in the worker.
    execArgv: ["--min-semi-space-size=16", "--max-semi-space-size=64"],
    // Loading what most of them import takes longer than many tests: files that follow each other in a worker share it.
    isolate: false,
    // Clusters share the cores with the tests, and wait for elections and disks half of the time: more slow each other down.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // .ci/run counts from the file.
    reporters: ["default", ["json", { outputFile: "node_modules/.cache/vitest/report.json" }]],
  },
});
