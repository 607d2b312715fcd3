/** Bundles a program, for the starts that follow. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { folderOf, freshBundle, type Manifest, manifestOf, nameOf, stampOf } from "./fresh-bundle.ts";
import { oneLanguage } from "./one-language.ts";
import type { Program } from "./program.ts";

/** They have files of their own beside their code. Loaded with the bundle, unless by `import()`. */
const EXTERNAL = ["chokidar", "esbuild"];
/** Written by npm at each change of any package. */
const PACKAGES = "node_modules/.package-lock.json";
/** A bundle is as they make it. */
const MAKERS = ["make-bundle.ts", "one-language.ts"].map((file) => fileURLToPath(new URL(file, import.meta.url)));
/** Somebody may be saving files meanwhile. */
const ATTEMPTS = 3;
/** By so much a file's time may be behind the clock, milliseconds. */
const CLOCK_STEP_MS = 20;
/** Who has read an older manifest has loaded its bundle by then, milliseconds. */
const KEPT_MS = 3_600_000;

/** Does nothing when it is fresh. Any number of processes may do so at once. @throws when it cannot be written, or a source is wrong */
export async function makeBundle(program: Program): Promise<void> {
  if (freshBundle(program) !== undefined) return;
  // First: where nothing can be written, nothing needs to be bundled.
  await mkdir(folderOf(program), { recursive: true });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const begun = Date.now() - CLOCK_STEP_MS;
    const { code, map, sources } = await bundle(program);
    const stamps = Object.fromEntries(sources.map((path) => [path, stampOf(join(program.root, path))]));
    // What was changed since may have been read before or after it.
    if (sources.every((path) => statSync(join(program.root, path)).ctimeMs < begun)) {
      return publish(program, code, map, stamps);
    }
    await sleep(CLOCK_STEP_MS);
  }
  throw new Error(`${program.source} changes while it is bundled`);
}

interface Bundled {
  readonly code: string;
  readonly map: string;
  /** Paths below the root. */
  readonly sources: readonly string[];
}

async function bundle({ root, source }: Program): Promise<Bundled> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    write: false,
    outfile: join(root, "bundle.mjs"),
    format: "esm",
    platform: "node",
    target: "es2024",
    external: EXTERNAL,
    // Packages that are CommonJS ask for the modules of Node so.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    sourcemap: "external",
    sourcesContent: false,
    metafile: true,
    minifySyntax: true,
    tsconfigRaw: {},
    logLevel: "silent",
    plugins: [oneLanguage, ownPlaces(root), builtinsWhenUsed],
  });
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  const files = Object.keys(metafile.inputs).filter((path) => !/^(\(disabled\)|builtin):/.test(path));
  const own = files.filter((path) => !path.split("/").includes("node_modules"));
  // A file that is added may be one of those that are imported by a pattern.
  const folders = new Set(own.flatMap(foldersAbove));
  return {
    code: textOf(".mjs"),
    map: textOf(".map"),
    sources: [...files, ...folders, ...lockOf(root), ...MAKERS.map((file) => relative(root, file))],
  };
}

/** A source that asks where it is means its own place. */
const ownPlaces = (root: string): Plugin => ({
  name: "own-places",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (relative(root, path).split(sep).includes("node_modules")) return undefined;
      const place = JSON.stringify(pathToFileURL(path).href);
      return { contents: (await readFile(path, "utf8")).replaceAll("import.meta.url", place), loader: "ts" };
    });
  },
});

/**
 * Modules of Node are loaded by the part that imports them. An import statement would stand at the top of the bundle, and it loads
 * even what a module has behind getters: for `node:http` the whole of fetch, a tenth of what a short command takes.
 */
const builtinsWhenUsed: Plugin = {
  name: "builtins-when-used",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === "require-call" ? { path, external: true } : { path, namespace: "builtin" },
    );
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** `a/b` and `a` for `a/b/c.ts`. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [folder, ...foldersAbove(folder)];
}

function lockOf(root: string): string[] {
  return statSync(join(root, PACKAGES), { throwIfNoEntry: false }) === undefined ? [] : [PACKAGES];
}

/** A name appears when its file is complete; the manifest comes last. */
async function publish(program: Program, code: string, map: string, sources: Manifest["sources"]): Promise<void> {
  const folder = folderOf(program);
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const file = `${nameOf(program)}-${hash}.mjs`;
  const text = `${code}//# sourceMappingURL=${file}.map\n`;
  const write = async (path: string, content: string) => {
    await writeFile(`${path}.${process.pid}`, content);
    await rename(`${path}.${process.pid}`, path);
  };
  await write(join(folder, `${file}.map`), map);
  await write(join(folder, file), text);
  const manifest: Manifest = { file, size: Buffer.byteLength(text), sources };
  await write(manifestOf(program), JSON.stringify(manifest));
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${nameOf(program)}-`) || name.startsWith(file)) continue;
    const path = join(folder, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > KEPT_MS) await rm(path, { force: true });
  }
}
