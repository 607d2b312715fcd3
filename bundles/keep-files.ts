/** Makes files of sources, for those who ask later: see kept-files.ts. */
import { statSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { folderOf, freshFiles, type Kept, type Manifest, manifestOf, stampOf } from "./kept-files.ts";

export interface Made {
  /** By what each is made as: its name, which differs with its text, and begins with that of all. */
  readonly files: ReadonlyMap<string, { readonly file: string; readonly text: string }>;
  /** Written beside them; nobody asks for it. */
  readonly beside?: { readonly file: string; readonly text: string };
  /** Of the project and its packages, paths below the root. */
  readonly sources: readonly string[];
}

/** Written by npm at each change of any package. */
const PACKAGES = "node_modules/.package-lock.json";
/** Somebody may be saving files meanwhile. */
const ATTEMPTS = 3;
/** By so much a file's time may be behind the clock, milliseconds. */
const CLOCK_STEP_MS = 20;
/** Who has read an older manifest has loaded its files by then, milliseconds. */
const KEPT_MS = 3_600_000;

/** Does nothing when they are fresh. Any number of processes may do so at once. @throws when they cannot be written, or a source is wrong */
export async function keepFiles(kept: Kept, make: () => Promise<Made>): Promise<void> {
  if (freshFiles(kept) !== undefined) return;
  // First: where nothing can be written, nothing needs to be made.
  await mkdir(folderOf(kept), { recursive: true });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const begun = Date.now();
    const made = await make();
    if (await publish(kept, made, begun)) return;
    await sleep(CLOCK_STEP_MS);
  }
  throw new Error(`the sources of ${kept.name} change while they are read`);
}

/**
 * Keeps what was made of sources that were read since `begun`, by Date.now().
 * @returns false when one was changed since: it may have been read before or after that
 * @throws when it cannot be written
 */
export async function publish(kept: Kept, { files, beside, sources }: Made, begun: number): Promise<boolean> {
  const { root, name } = kept;
  const all = [...sources, ...foldersOf(sources), ...lockOf(root)];
  const stamps = Object.fromEntries(all.map((path) => [path, stampOf(join(root, path))]));
  if (all.some((path) => statSync(join(root, path)).ctimeMs >= begun - CLOCK_STEP_MS)) return false;
  const folder = folderOf(kept);
  await mkdir(folder, { recursive: true });
  const outputs = [...(beside ? [beside] : []), ...files.values()];
  for (const { file, text } of outputs) await write(join(folder, file), text);
  const manifest: Manifest = {
    files: Object.fromEntries(
      [...files].map(([key, { file, text }]) => [key, { file, size: Buffer.byteLength(text) }]),
    ),
    sources: stamps,
  };
  // Last: what it names is there.
  await write(manifestOf(kept), JSON.stringify(manifest));
  const current = new Set(outputs.map(({ file }) => file));
  for (const file of await readdir(folder)) {
    if (file.startsWith(`${name}-`) && !current.has(file)) await removeOld(join(folder, file));
  }
  return true;
}

/** A name appears when its file is complete. */
async function write(path: string, text: string): Promise<void> {
  await writeFile(`${path}.${process.pid}`, text);
  await rename(`${path}.${process.pid}`, path);
}

async function removeOld(path: string): Promise<void> {
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > KEPT_MS) await rm(path, { force: true });
}

/** A file that is added may be one of those that are imported by a pattern. */
function foldersOf(sources: readonly string[]): Set<string> {
  const own = sources.filter((path) => !/^\.\.\/|(^|\/)node_modules\//.test(path));
  return new Set(own.flatMap(foldersAbove));
}

/** `a/b` and `a` for `a/b/c.ts`. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [folder, ...foldersAbove(folder)];
}

function lockOf(root: string): string[] {
  return statSync(join(root, PACKAGES), { throwIfNoEntry: false }) === undefined ? [] : [PACKAGES];
}
