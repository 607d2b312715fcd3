/** Bundles a program, for the starts that follow. */
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { CODE } from "./fresh-bundle.ts";
import { keepFiles, type Made } from "./keep-files.ts";
import { hashOf } from "./kept-files.ts";
import { oneLanguage } from "./one-language.ts";
import type { Program } from "./program.ts";
import { sourcesOf } from "./sources-of.ts";

/** They have files of their own beside their code. Loaded with the bundle, unless by `import()`. */
const EXTERNAL = ["chokidar", "esbuild"];
/** A bundle is as they make it. */
const MAKERS = ["make-bundle.ts", "keep-files.ts", "one-language.ts"].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);

/** Does nothing when it is fresh. Any number of processes may do so at once. @throws when it cannot be written, or a source is wrong */
export function makeBundle(program: Program): Promise<void> {
  return keepFiles(program, () => bundle(program));
}

async function bundle(program: Program): Promise<Made> {
  const { root, source, without } = program;
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    write: false,
    outfile: join(root, "bundle.cjs"),
    format: "cjs",
    platform: "node",
    target: "es2024",
    external: EXTERNAL,
    // As code-cache.ts calls it.
    banner: { js: '(function (require, module, exports) { "use strict";' },
    footer: { js: "})" },
    sourcemap: "external",
    sourcesContent: false,
    metafile: true,
    minifySyntax: true,
    tsconfigRaw: {},
    logLevel: "silent",
    plugins: [
      oneLanguage,
      ownPlaces(root),
      builtinsWhenUsed,
      ...(without === undefined ? [] : [leftOut(root, without)]),
    ],
  });
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  const code = inAscii(textOf(".cjs"));
  const file = `${program.name}-${hashOf(code)}.cjs`;
  return {
    files: new Map([[CODE, { file, text: `${code}//# sourceMappingURL=${file}.map\n` }]]),
    beside: { file: `${file}.map`, text: textOf(".map") },
    sources: [...sourcesOf(metafile), ...MAKERS.map((path) => relative(root, path))],
  };
}

/**
 * Of other characters esbuild escapes all but those in comments and regular expressions. One of them would have V8 hold the whole text
 * with two bytes for each.
 */
function inAscii(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
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

/** Imported from its sources when it is wanted after all. */
const leftOut = (root: string, source: string): Plugin => ({
  name: "left-out",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
      join(resolveDir, path) === join(root, source)
        ? { path: pathToFileURL(join(root, source)).href, external: true }
        : undefined,
    );
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
