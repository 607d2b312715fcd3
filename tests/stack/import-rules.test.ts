import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run, temporaryFolder } from "./stack-process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const depcruise = join(root, "node_modules", ".bin", "depcruise");
const rules = ["--config", join(root, ".dependency-cruiser.mjs"), "--output-type", "err"];

test("imports point one way", async () => {
  const folders = ["bundles", "consensus-nodes", "functions", "local-stack", "proto", "tests"];
  const { code, stdout } = await run(depcruise, [...rules, ...folders], { cwd: root });
  expect(stdout).toContain("no dependency violations found");
  expect(code).toBe(0);
});

const violations: readonly (readonly [rule: string, file: string, line: string])[] = [
  ["raft-is-pure", "consensus-nodes/raft/bad-1.ts", 'import "node:fs";'],
  ["raft-is-pure", "consensus-nodes/raft/bad-2.ts", 'import type {} from "../machines/machine.ts";'],
  ["machines-are-pure", "consensus-nodes/machines/bad-3.ts", 'import "node:crypto";'],
  ["client-loads-no-node", "consensus-nodes/client/bad-4.ts", 'import "../replica/replica.ts";'],
  ["binding-fits-an-isolate", "consensus-nodes/client/core.ts", 'import "../groups.ts";'],
  ["wire-is-form-only", "consensus-nodes/wire/bad-6.ts", 'import "../machines/machine.ts";'],
  ["replica-below-node", "consensus-nodes/replica/bad-7.ts", 'import "../node/node.ts";'],
  ["transport-below-node", "consensus-nodes/transport/bad-8.ts", 'import "../replica/replica.ts";'],
  ["core-below-all", "consensus-nodes/node/bad-9.ts", 'import type {} from "../../functions/queue/add-track.ts";'],
  [
    "functions-see-the-client-only",
    "functions/queue/bad-14.ts",
    'import type {} from "../../consensus-nodes/groups.ts";',
  ],
  ["functions-fit-an-isolate", "functions/queue/bad-10.ts", 'import "node:fs";'],
  ["stack-sees-the-client-only", "local-stack/gateway/bad-11.ts", 'import "../../consensus-nodes/node/node.ts";'],
  ["launch-needs-nothing", "local-stack/launch/bad-12.js", 'import "../gateway/gateway.ts";'],
  ["starts-need-no-bundler", "bundles/fresh-bundle.ts", 'import "./make-bundle.ts";'],
  ["bundles-know-no-program", "bundles/bad-15.ts", 'import "../consensus-nodes/node/node.ts";'],
  ["tests-above-all", "local-stack/gateway/bad-13.ts", 'import "../../tests/stack/until.ts";'],
];

describe("each rule is broken by what it forbids", () => {
  const tree = temporaryFolder();
  let found: string;
  beforeAll(async () => {
    for (const [, file, line] of violations) {
      const [, imported] = /"(\.[^"]+)"/.exec(line) ?? [];
      if (imported !== undefined) write(join(tree.path, dirname(file), imported), "export {};\n");
      write(join(tree.path, file), `${line}\n`);
    }
    found = (await run(depcruise, [...rules, "."], { cwd: tree.path })).stdout;
  });
  afterAll(() => tree.remove());

  test.each(violations)("%s: %s with %s", (rule, file) => {
    expect(found).toContain(`error ${rule}: ${file}`);
  });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
