/** Functions for workerd: each with its doors and its packages. The repository's own are kept on disk from one start to the next. */
import { readFile } from "node:fs/promises";
import { basename, dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { keepFiles, type Made, publish } from "../../bundles/keep-files.ts";
import { freshFiles, hashOf, type Kept } from "../../bundles/kept-files.ts";
import { oneLanguage } from "../../bundles/one-language.ts";
import { sourcesOf } from "../../bundles/sources-of.ts";
import { common, only, run } from "./bundle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const isolate = fileURLToPath(new URL("isolate.ts", import.meta.url));
const KEPT: Kept = { root, name: "isolates" };
/** Bundles are as they make them. */
const MAKERS = ["bundles/one-language.ts", "local-stack/runtimes/bundle.ts", "local-stack/runtimes/isolate-bundles.ts"];

interface Awaited {
  readonly file: string;
  readonly resolve: (code: string) => void;
  readonly reject: (error: unknown) => void;
}

interface Bundled {
  /** By absolute path of the function. */
  readonly codes: ReadonlyMap<string, string>;
  /** All that was read, paths below the root. */
  readonly sources: readonly string[];
  /** When the first was read at the earliest, by Date.now(). */
  readonly begun: number;
}

export class IsolateBundles {
  /** Asked for in this turn of the event loop: packages that all of them import are parsed once for all. */
  #awaited: Awaited[] = [];
  /** What was made last, until it is kept. */
  #made: Bundled | undefined;

  /** @param file absolute path @throws {BundleError} */
  of(file: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#awaited.length === 0) setImmediate(() => this.#answer());
      this.#awaited.push({ file, resolve, reject });
    });
  }

  /** Keeps those that were asked for last, and together: all of the repository's. @throws when they cannot be written */
  async keep(): Promise<void> {
    const made = this.#made;
    this.#made = undefined;
    if (made !== undefined) await publish(KEPT, filesOf(made), made.begun);
  }

  async #answer(): Promise<void> {
    const all = this.#awaited;
    this.#awaited = [];
    const files = all.map(({ file }) => file);
    const codes = await (readKept(files) ?? this.#bundle(files)).catch(() => undefined);
    for (const { file, resolve, reject } of all) {
      const code = codes?.get(file);
      if (code !== undefined) resolve(code);
      // Which of them is to blame shows when each is bundled alone.
      else bundleTogether([file]).then((alone) => resolve(alone.codes.get(file) ?? ""), reject);
    }
  }

  async #bundle(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.#made = await bundleTogether(files);
    return this.#made.codes;
  }
}

/** Before anybody needs them; does nothing when they are fresh. @param files absolute paths of all functions @throws as keepFiles does */
export function makeIsolateBundles(files: readonly string[]): Promise<void> {
  return keepFiles(KEPT, async () => filesOf(await bundleTogether(files)));
}

/** Undefined when one of them is not kept, or not fresh. */
function readKept(files: readonly string[]): Promise<ReadonlyMap<string, string>> | undefined {
  const kept = freshFiles(KEPT);
  const paths = files.map((file) => kept?.get(relative(root, file)));
  if (paths.includes(undefined)) return undefined;
  const read = async (file: string, path = "") => [file, await readFile(path, "utf8")] as const;
  return Promise.all(files.map((file, i) => read(file, paths[i]))).then((codes) => new Map(codes));
}

function filesOf({ codes, sources }: Bundled): Made {
  const files = [...codes].map(([file, text]) => {
    return [relative(root, file), { file: `${KEPT.name}-${hashOf(text)}.js`, text }] as const;
  });
  return { files: new Map(files), sources: [...sources, ...MAKERS] };
}

/** `isolate:<file>` is that function with its doors. */
const entry: Plugin = {
  name: "isolate-entry",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^isolate:/ }, ({ path }) => ({ path: path.slice("isolate:".length), namespace: "isolate" }));
    onLoad({ filter: /.*/, namespace: "isolate" }, ({ path }) => ({
      contents: `import definition from ${JSON.stringify(path)};
        import { isolate } from ${JSON.stringify(isolate)};
        export default isolate(definition);`,
      resolveDir: dirname(path),
    }));
  },
};

/** @throws {BundleError} */
async function bundleTogether(files: readonly string[]): Promise<Bundled> {
  const begun = Date.now();
  const { outputFiles, metafile } = await run({
    ...common,
    absWorkingDir: root,
    entryPoints: files.map((file, i) => ({ in: `isolate:${file}`, out: String(i) })),
    // Nothing is written: names for the outputs.
    outdir: "/",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    minifySyntax: true,
    plugins: [oneLanguage, entry],
  });
  const codeOf = (i: number) => only(outputFiles.filter(({ path }) => basename(path) === `${i}.js`));
  return {
    codes: new Map(files.map((file, i) => [file, codeOf(i)])),
    sources: sourcesOf(metafile),
    begun,
  };
}
