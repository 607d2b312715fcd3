import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run, StackProcess, temporaryFolder } from "./stack-process.ts";
import { isAlive, until } from "./until.ts";

const launch = fileURLToPath(new URL("../../local-stack/launch", import.meta.url));
const QUICKLY_MS = 10_000;

const packages = {
  "": { name: "clone" },
  "node_modules/hono": { version: "4.0.0", integrity: "sha512-a" },
  "node_modules/for-another-system": { version: "1.0.0", integrity: "sha512-b", optional: true },
};

/** A clone, and an npm that only says how it was called. */
let clone: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  clone = temporaryFolder();
  cpSync(launch, join(clone.path, "local-stack", "launch"), { recursive: true });
  write("package.json", { type: "module" });
  write("package-lock.json", { packages });
  mkdirSync(join(clone.path, "bin"));
  writeFileSync(join(clone.path, "bin", "npm"), `#!/bin/sh\necho "$@" >> ${clone.path}/called\nexit $NPM_EXIT_CODE\n`);
  chmodSync(join(clone.path, "bin", "npm"), 0o755);
});
afterEach(() => clone.remove());

function write(path: string, value: object): void {
  mkdirSync(join(clone.path, path, ".."), { recursive: true });
  writeFileSync(join(clone.path, path), JSON.stringify(value));
}

function installed(found: object): void {
  write("node_modules/node/bin/node", {});
  write("node_modules/.package-lock.json", { packages: found });
}

function install(npmExitCode = 0) {
  const path = [join(clone.path, "bin"), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, NPM_EXIT_CODE: String(npmExitCode) };
  return run(process.execPath, [join(clone.path, "local-stack", "launch", "install.js")], { cwd: clone.path, env });
}

const called = () => existsSync(join(clone.path, "called")) && readFileSync(join(clone.path, "called"), "utf8");

test("nothing is installed, and nothing is said, when all is there; packages for other systems may be missing", async () => {
  installed({ "node_modules/hono": packages["node_modules/hono"] });
  expect(await install()).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(called()).toBe(false);
});

test.each([
  ["nothing is there", undefined],
  ["a package is missing", {}],
  ["a package has another version", { "node_modules/hono": { version: "4.0.1", integrity: "sha512-a" } }],
  ["a package has other contents", { "node_modules/hono": { version: "4.0.0", integrity: "sha512-c" } }],
])("packages are installed as the lock file has them, with one line, when %s", async (_, found) => {
  if (found !== undefined) installed(found);
  const { code, stdout, stderr } = await install();
  expect(called()).toMatch(/^ci /);
  expect(stdout + stderr).toMatch(/^Installing [^\n]+\n$/);
  expect(code).toBe(0);
});

test("what npm ends with, the script ends with", async () => {
  expect((await install(7)).code).toBe(7);
});

test("the launcher passes arguments, output, exit code and signals through", async () => {
  const launcher = join(launch, "tutti.js");
  const failed = await run(process.execPath, [launcher, "status", "--data", join(clone.path, "empty")]);
  expect(failed).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("no stack is running in") });
  expect((await run(process.execPath, [launcher, "up", "--nonsense"])).code).toBe(2);

  const stack = await StackProcess.prepare(launcher);
  try {
    await stack.start("--nodes", "1");
    const { pid } = JSON.parse(readFileSync(join(stack.data, "stack.json"), "utf8"));
    expect(pid).not.toBe(stack.pid);
    expect((await stack.signal("SIGTERM")).code).toBe(0);
    await until("the stack is gone", QUICKLY_MS, () => !isAlive(pid));
  } finally {
    await stack.remove();
  }
});

test("npm start tells V8 what the launcher tells it", async () => {
  const { v8Options } = await import(pathToFileURL(join(launch, "dependencies.js")).href);
  const { scripts } = JSON.parse(readFileSync(join(launch, "..", "..", "package.json"), "utf8"));
  for (const script of [scripts.start, scripts.dev])
    expect(script).toContain(`node ${v8Options.join(" ")} local-stack/`);
});
