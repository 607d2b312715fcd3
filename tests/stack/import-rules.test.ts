import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run, temporaryFolder } from "./stack-process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const depcruise = join(root, "node_modules", ".bin", "depcruise");
const rules = ["--config", join(root, ".dependency-cruiser.mjs"), "--output-type", "err"];

test("imports point one way", async () => {
  const folders = ["consensus-nodes", "functions", "local-stack", "proto", "tests"];
  const { code, stdout } = await run(depcruise, [...rules, ...folders], root);
  expect(stdout).toContain("no dependency violations found");
  expect(code).toBe(0);
});

test.each([
  ["raft-is-pure", "consensus-nodes/raft/raft.ts", 'import "node:fs";'],
  ["raft-is-pure", "consensus-nodes/raft/raft.ts", 'import type {} from "../machines/machine.ts";'],
  ["machines-are-pure", "consensus-nodes/machines/queue.ts", 'import "node:crypto";'],
  ["client-loads-no-node", "consensus-nodes/client/core-client.ts", 'import "../replica/replica.ts";'],
  ["binding-fits-an-isolate", "consensus-nodes/client/core.ts", 'import "../groups.ts";'],
  ["wire-is-form-only", "consensus-nodes/wire/batch.ts", 'import "../machines/machine.ts";'],
  ["replica-below-node", "consensus-nodes/replica/replica.ts", 'import "../node/node.ts";'],
  ["transport-below-node", "consensus-nodes/transport/links.ts", 'import "../replica/replica.ts";'],
  ["core-below-all", "consensus-nodes/node/node.ts", 'import type {} from "../../functions/queue/add-track.ts";'],
  [
    "functions-see-the-client-only",
    "functions/queue/add-track.ts",
    'import type {} from "../../consensus-nodes/groups.ts";',
  ],
  ["functions-fit-an-isolate", "functions/queue/add-track.ts", 'import "node:fs";'],
  ["stack-sees-the-client-only", "local-stack/gateway/gateway.ts", 'import "../../consensus-nodes/node/node.ts";'],
  ["launch-needs-nothing", "local-stack/launch/tutti.js", 'import "../gateway/gateway.ts";'],
  ["tests-above-all", "local-stack/gateway/gateway.ts", 'import "../../tests/stack/until.ts";'],
])("the rule %s is broken by %s with: %s", async (rule, file, line) => {
  const tree = temporaryFolder();
  try {
    const [, imported] = /"(\.[^"]+)"/.exec(line) ?? [];
    if (imported !== undefined) write(join(tree.path, dirname(file), imported), "export {};\n");
    write(join(tree.path, file), `${line}\n`);
    const { code, stdout } = await run(depcruise, [...rules, "."], tree.path);
    expect(stdout).toContain(`error ${rule}: ${file}`);
    expect(code).toBeGreaterThan(0);
  } finally {
    tree.remove();
  }
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
