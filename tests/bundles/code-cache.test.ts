/** What V8 compiled of a bundle: kept by the first process, used by the next, and in nobody's way. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freshBundle } from "../../bundles/fresh-bundle.ts";
import { makeBundle } from "../../bundles/make-bundle.ts";
import { commands, node, type Program } from "../../bundles/program.ts";
import { freePorts } from "../free-ports.ts";
import { run, temporaryFolder } from "../stack/stack-process.ts";
import { until } from "../stack/until.ts";

const loader = new URL("../../bundles/fresh-bundle.ts", import.meta.url).href;
/** Five seconds after its start. */
const SETTLED_WITHIN_MS = 15_000;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** Arguments for a process that runs a program from its bundle, and then `call`, in which it is called `program`. */
function using(program: Program, name: string, call: string): string[] {
  const load = `loadProgram(${JSON.stringify(program)}, "${name}", () => process.exit(9))`;
  const script = `import { loadProgram } from "${loader}"; const program = await ${load}; ${call}`;
  return ["--input-type=module", "--eval", script];
}

/** Such a process, to its end. */
const use = (program: Program, name: string, call: string) => run(process.execPath, using(program, name, call));

/** Names of the files that hold what V8 compiled, of all uses that begin with `name`. */
function codeFiles(program: Program, name = ""): string[] {
  const bundle = freshBundle(program) ?? expect.fail("there is no bundle");
  const files = readdirSync(dirname(bundle)).filter((file) => file.startsWith(`${basename(bundle)}.${name}`));
  return files.filter((file) => !file.endsWith(".map")).map((file) => join(dirname(bundle), file));
}

describe("a small program", () => {
  const SAYS = "console.log(program.says());";
  let program: Program;
  const says = (name = "test", call = SAYS) => use(program, name, call);
  const codeFile = (name = "test") => codeFiles(program, name)[0] ?? expect.fail("nothing was kept");
  beforeEach(async () => {
    program = { root: folder.path, name: "says", source: "app/says.ts" };
    mkdirSync(join(folder.path, "app"));
    writeFileSync(join(folder.path, "app/says.ts"), 'export const says = () => ["a", "b"].join(" and ");');
    await makeBundle(program);
  });

  test("leaves what was compiled, for each use its own, and the next process takes it", async () => {
    for (const name of ["one", "other"]) expect(await says(name)).toEqual({ code: 0, stdout: "a and b\n", stderr: "" });
    expect(codeFiles(program)).toHaveLength(2);
    const before = statSync(codeFile("one"));
    expect(await says("one")).toEqual({ code: 0, stdout: "a and b\n", stderr: "" });
    // What V8 refuses is replaced.
    expect(statSync(codeFile("one")).ino).toBe(before.ino);
  });

  const damages: readonly (readonly [string, (file: string) => void])[] = [
    ["is empty", (file) => truncateSync(file, 0)],
    ["was cut short", (file) => truncateSync(file, statSync(file).size - 100)],
    [
      "has another byte in its middle",
      (file) => {
        const bytes = readFileSync(file);
        const middle = bytes.length >> 1;
        bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
        writeFileSync(file, bytes);
      },
    ],
  ];
  test.each(damages)("is run all the same when that %s, and it is replaced", async (_, damage) => {
    await says();
    const whole = statSync(codeFile()).size;
    damage(codeFile());
    const damaged = statSync(codeFile()).ino;
    expect(await says()).toEqual({ code: 0, stdout: "a and b\n", stderr: "" });
    const { ino, size } = statSync(codeFile());
    expect([ino === damaged, Math.abs(size - whole) < 100]).toEqual([false, true]);
  });

  test("is run all the same when it cannot be kept", async () => {
    await says();
    const file = codeFile();
    rmSync(file);
    mkdirSync(join(file, "in the way"), { recursive: true });
    expect(await says()).toEqual({ code: 0, stdout: "a and b\n", stderr: "" });
    expect(codeFiles(program)).toEqual([file]);
  });

  test("leaves it while it runs, for those that are killed", async () => {
    const running = spawn(process.execPath, using(program, "test", "setInterval(program.says, 1000)"));
    const ended = once(running, "exit");
    try {
      await until("it is kept", SETTLED_WITHIN_MS, () => codeFiles(program).length === 1);
      expect(running.exitCode).toBe(null);
    } finally {
      running.kill("SIGKILL");
      await ended;
    }
  });

  test("leaves nothing when it failed: it has called little", async () => {
    expect((await says("test", "process.exit(3)")).code).toBe(3);
    expect((await says("test", 'throw new Error("no")')).code).toBe(1);
    expect(codeFiles(program)).toEqual([]);
  });
});

/** Whoever changes V8's flags while running keeps what nobody can use. */
describe("of what is started every day", () => {
  const name = `test${process.pid}`;
  const configuration = async () => {
    const port = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const files = { data: join(folder.path, "data"), log: join(folder.path, "log") };
    return JSON.stringify({ id: 0, cluster: "test", port, nodes: [{ id: 0, address }], ...files, found: true });
  };
  test.each([
    ["a node", node, async (): Promise<string> => `await program.runNode(${JSON.stringify(await configuration())})`],
    ["a command", commands, async (): Promise<string> => 'process.exit(await program.run(["--help"]))'],
  ] as const)("%s takes what the one before left", async (_, program, call) => {
    try {
      const inodes: number[][] = [];
      for (let round = 0; round < 2; round++) {
        expect(await use(program, name, await call())).toMatchObject({ code: 0, stderr: "" });
        inodes.push(codeFiles(program, name).map((file) => statSync(file).ino));
      }
      expect(inodes[0]).toHaveLength(1);
      expect(inodes[1]).toEqual(inodes[0]);
    } finally {
      for (const file of codeFiles(program, name)) rmSync(file);
    }
  });
});
