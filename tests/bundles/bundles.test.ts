import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { freshBundle, loadProgram } from "../../bundles/fresh-bundle.ts";
import { folderOf, manifestOf } from "../../bundles/kept-files.ts";
import { makeBundle } from "../../bundles/make-bundle.ts";
import { type Program, programs } from "../../bundles/program.ts";
import { run, StackProcess, temporaryFolder } from "../stack/stack-process.ts";
import { until } from "../stack/until.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Whoever makes them lets others go first. */
const BUNDLED_WITHIN_MS = 50_000;

let project: ReturnType<typeof temporaryFolder>;
let program: Program;

/** Says what its parts say, and where it believes to be. */
beforeEach(() => {
  project = temporaryFolder();
  program = { root: project.path, name: "says", source: "app/says.ts" };
  write("package.json", '{ "type": "module" }');
  write(
    "app/says.ts",
    `import { word } from "./word.ts";
     export const place: string = import.meta.url;
     export const says = async (name: string) => [word, (await import(\`./parts/\${name}.ts\`)).part].join(" ");`,
  );
  write("app/word.ts", 'export const word: string = "a";');
  write("app/parts/one.ts", 'export const part = "one";');
});
afterEach(() => project.remove());

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project.path, path)), { recursive: true });
  writeFileSync(join(project.path, path), text);
}

interface Says {
  readonly place: string;
  readonly says: (name: string) => Promise<string>;
}
const fromSources = async (): Promise<Says> => ({ place: "sources", says: async (name) => `sources ${name}` });
const load = () => loadProgram<Says>(program, "test", fromSources);

test("a program is run from its sources until it is bundled, and believes to be where its sources are", async () => {
  expect((await load()).place).toBe("sources");
  await makeBundle(program);
  const { place, says } = await load();
  expect(fileURLToPath(place)).toBe(join(project.path, "app/says.ts"));
  expect(await says("one")).toBe("a one");
});

test("what is written in other characters than ASCII is meant as it stands in the sources", async () => {
  write(
    "app/word.ts",
    `// A comment – in other characters.
     export const word: string = ["é🎵 €", \`ü\${1}\`, "aéb".split(/é/), /^[à-ü]$/u.test("é"), /^🎵$/u.test("🎵")].join("|");`,
  );
  await makeBundle(program);
  expect(readFileSync(freshBundle(program) ?? "").every((byte) => byte < 128)).toBe(true);
  expect(await (await load()).says("one")).toBe("é🎵 €|ü1|a,b|true|true one");
});

test("a module that is left out is not in the bundle; where it is wanted after all, its sources are run", async () => {
  program = { ...program, without: "app/word.ts" };
  write(
    "app/says.ts",
    'export const place: string = import.meta.url; export const says = async () => (await import("./word.ts")).word;',
  );
  await makeBundle(program);
  const { place, says } = await load();
  expect(fileURLToPath(place)).toBe(join(project.path, "app/says.ts"));
  write("app/word.ts", 'export const word: string = "edited";');
  expect(await says("")).toBe("edited");
});

describe("no bundle is run any more", () => {
  const changes: readonly (readonly [string, () => void])[] = [
    ["a source was edited", () => write("app/word.ts", 'export const word: string = "b";')],
    [
      "an edit kept size and time of modification",
      () => {
        const path = join(project.path, "app/word.ts");
        const { atime, mtime } = statSync(path);
        write("app/word.ts", 'export const word: string = "b";');
        utimesSync(path, atime, mtime);
      },
    ],
    ["a source is gone", () => rmSync(join(project.path, "app/word.ts"))],
    ["a file was added where files are imported by a pattern", () => write("app/parts/two.ts", "")],
    ["the bundle was cut short", () => writeFileSync(freshBundle(program) ?? "", "export ")],
    ["the manifest was cut short", () => writeFileSync(manifestOf(program), '{"file')],
    [
      "all was moved to another place",
      () => {
        const moved = join(project.path, "moved");
        mkdirSync(moved);
        for (const name of ["package.json", "app", "node_modules"]) {
          renameSync(join(project.path, name), join(moved, name));
        }
        program = { ...program, root: moved };
      },
    ],
  ];
  test.each(changes)("when %s", async (_, change) => {
    await makeBundle(program);
    expect(freshBundle(program)).toBeDefined();
    change();
    expect(freshBundle(program)).toBeUndefined();
    expect((await load()).place).toBe("sources");
  });
});

test("after an edit, the next bundle has it", async () => {
  await makeBundle(program);
  expect(await (await load()).says("one")).toBe("a one");
  write("app/word.ts", 'export const word: string = "b";');
  await makeBundle(program);
  expect(await (await load()).says("one")).toBe("b one");
});

test("two who bundle at once leave one whole bundle, and nothing else", async () => {
  const maker = `import { makeBundle } from ${JSON.stringify(join(root, "bundles/make-bundle.ts"))};
    await makeBundle(${JSON.stringify(program)});`;
  const makers = [1, 2, 3].map(() => spawn(process.execPath, ["--input-type=module", "--eval", maker]));
  for (const codes of await Promise.all(makers.map((child) => once(child, "exit")))) expect(codes[0]).toBe(0);
  expect(await (await load()).says("one")).toBe("a one");
  expect(readdirSync(folderOf(program)).map((name) => name.replace(/-[0-9a-f]+/, ""))).toEqual([
    "says.cjs",
    "says.cjs.map",
    "says.json",
  ]);
});

test("where no bundle can be kept, the sources are run", async () => {
  write("node_modules", "not a folder");
  await expect(makeBundle(program)).rejects.toThrow();
  expect((await load()).place).toBe("sources");
});

test("old bundles are removed, when whoever began with one has loaded it", async () => {
  await makeBundle(program);
  const first = freshBundle(program) ?? "";
  write("app/word.ts", 'export const word: string = "b";');
  await makeBundle(program);
  expect(readdirSync(dirname(first))).toContain(first.slice(dirname(first).length + 1));
  const longAgo = Date.now() / 1000 - 4_000;
  for (const file of [first, `${first}.map`]) utimesSync(file, longAgo, longAgo);
  write("app/word.ts", 'export const word: string = "c";');
  await makeBundle(program);
  expect(readdirSync(dirname(first))).not.toContain(first.slice(dirname(first).length + 1));
});

test("a stack that runs from sources leaves bundles for the next one, and an edit of them is run at once", async () => {
  const clone = join(project.path, "clone");
  for (const name of ["bundles", "consensus-nodes", "functions", "local-stack", "proto", "package.json"]) {
    cpSync(join(root, name), join(clone, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
  const copies = programs.map((original) => ({ ...original, root: `${clone}/` }));
  const main = join(clone, "local-stack/cli/tutti.ts");
  // What is compiled of the copy is of use to nobody afterwards.
  vi.stubEnv("NODE_COMPILE_CACHE", join(project.path, "compiled"));
  const stack = await StackProcess.prepare(main);
  try {
    await stack.start("--nodes", "1");
    await until("bundles are made", BUNDLED_WITHIN_MS, () => copies.every((copy) => freshBundle(copy) !== undefined));
    const help = async () => (await run(process.execPath, [main, "--help"])).stdout;
    const before = await help();
    const source = join(clone, "local-stack/cli/program.ts");
    writeFileSync(source, readFileSync(source, "utf8").replaceAll("Shared applications", "Edited applications"));
    expect(await help()).toBe(before.replace("Shared applications", "Edited applications"));
  } finally {
    await stack.remove();
    vi.unstubAllEnvs();
    for (const copy of copies) rmSync(folderOf(copy), { recursive: true, force: true });
  }
});
