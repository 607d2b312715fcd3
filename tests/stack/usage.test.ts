import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { temporaryFolder, tutti } from "./stack-process.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const empty = join(folder.path, "empty");

describe("a command that is asked wrongly says so in one line and ends with 2", () => {
  test.each([
    [["up", "--porrt", "8080"], "--porrt"],
    [["up", "--port", "80a"], "80a"],
    [["up", "--port", "65536"], "65536"],
    [["up", "--nodes", "0"], "--nodes"],
    [["up", "--nodes", "11"], "--nodes"],
    [["up", "--base-port", "65530"], "--base-port"],
    [["up", "--runtime", "deno"], "deno"],
    [["up", "--seed", "/nowhere/seed.json", "--data", empty], "/nowhere/seed.json"],
    [["up", "now"], "now"],
    [["sttaus"], "sttaus"],
    [["queue", "add", "--id", "1"], "--title"],
    [["queue", "vote", "--id", "1", "--up", "maybe"], "maybe"],
    [["queue", "queue", "--server", "localhost:1", "--data", empty], "--data"],
    [["node", "kill", "first"], "first"],
    [["node", "kill"], "id"],
    [["journal", "--limit", "0"], "--limit"],
    [["partition"], "groups"],
  ])("%j", async (args, named) => {
    const { code, stdout, stderr } = await tutti(...args);
    expect(stderr).toMatch(/^tutti: [^\n]+\n$/);
    expect(stderr).toContain(named);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("a command that needs a stack says in one line that none is running and ends with 1", () => {
  test.each([
    [["status"]],
    [["status", "--json"]],
    [["node", "restart", "1"]],
    [["partition", "0", "1"]],
    [["heal"]],
    [["journal"]],
    [["journal", "add", "text"]],
    [["queue", "queue"]],
  ])("%j", async (args) => {
    const { code, stdout, stderr } = await tutti(...args, "--data", empty);
    expect(stderr).toMatch(/^tutti: no stack is running in [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});

test("a server that is not there is told at once, in one line", async () => {
  const from = performance.now();
  const { code, stderr } = await tutti("queue", "queue", "--server", "127.0.0.1:1");
  expect(stderr).toMatch(/^tutti: nobody answers at 127\.0\.0\.1:1: [^\n]+\n$/);
  expect(code).toBe(1);
  expect(performance.now() - from).toBeLessThan(1_900);
});

test("--help shows every command with examples and ends with 0", async () => {
  const { code, stdout } = await tutti("--help");
  expect(code).toBe(0);
  for (const name of ["up", "dev", "status", "reset", "queue", "journal", "node", "partition", "heal"]) {
    expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  }
  expect(stdout).toContain("npx tutti queue add --id");
});

test("a seed that is no list of tracks is refused by field, before anything is started", async () => {
  const seed = join(folder.path, "seed.json");
  writeFileSync(
    seed,
    JSON.stringify({ queue: { main: [{ id: 1, title: "So What", artist: "Miles Davis", duration: -1 }] } }),
  );
  const { code, stderr } = await tutti("up", "--seed", seed, "--data", empty);
  expect(stderr).toMatch(/^tutti: --seed [^\n]*queue\.main\.0\.duration[^\n]+\n$/);
  expect(code).toBe(2);
  expect(existsSync(empty)).toBe(false);
});
