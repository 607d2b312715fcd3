import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderOf, freshFiles, type Kept } from "../../bundles/kept-files.ts";
import { run, temporaryFolder } from "../stack/stack-process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const FUNCTIONS = ["functions/queue/add-track.ts", "functions/queue/history.ts"];

let folder: ReturnType<typeof temporaryFolder>;
let kept: Kept;

/** A copy of what functions are made of. */
beforeEach(() => {
  folder = temporaryFolder();
  kept = { root: `${folder.path}/`, name: "isolates" };
  for (const name of ["bundles", "consensus-nodes", "functions", "local-stack", "package.json"]) {
    cpSync(join(root, name), join(folder.path, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder.path, "node_modules"));
});
afterEach(() => {
  rmSync(folderOf(kept), { recursive: true, force: true });
  folder.remove();
});

/** In a process of its own, as a start is: the bundles, kept for the next. */
async function bundles(...functions: readonly string[]): Promise<readonly string[]> {
  const files = functions.map((name) => join(folder.path, name));
  const { code, stdout, stderr } = await run(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { IsolateBundles } from ${JSON.stringify(join(folder.path, "local-stack/runtimes/isolate-bundles.ts"))};
     const bundles = new IsolateBundles();
     const codes = await Promise.all(${JSON.stringify(files)}.map((file) => bundles.of(file)));
     await bundles.keep();
     process.stdout.write(JSON.stringify(codes), () => process.exit(0));`,
  ]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

test("functions are bundled for isolates once, and again after an edit of what they import", async () => {
  const first = await bundles(...FUNCTIONS);
  expect(first[0]).toContain("add_track");
  const paths = freshFiles(kept);
  expect([...(paths?.keys() ?? [])]).toEqual(FUNCTIONS);
  // As nothing but a kept file can say it.
  const mark = (text: string) => text.replace("add_track", "ADD_TRACK");
  const file = paths?.get(FUNCTIONS[0] ?? "") ?? "";
  writeFileSync(file, mark(readFileSync(file, "utf8")));
  expect(await bundles(...FUNCTIONS)).toEqual([mark(first[0] ?? ""), first[1]]);
  // One that is not kept is made, with those beside it.
  expect(await bundles(FUNCTIONS[0] ?? "", "functions/queue/remove-track.ts")).toContain(first[0]);
  edit(join(folder.path, "functions/http-status.ts"), "export", "console.log('edited');\nexport");
  for (const code of await bundles(...FUNCTIONS)) expect(code).toContain('console.log("edited")');
});

test("a mistake in one of several functions is told with its place, and nothing is kept", async () => {
  writeFileSync(join(folder.path, "functions/queue/history.ts"), "export default {");
  await expect(bundles(...FUNCTIONS)).rejects.toThrow(/line 1, column 17/);
  expect(freshFiles(kept)).toBeUndefined();
});
