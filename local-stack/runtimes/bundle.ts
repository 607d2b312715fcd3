/** A function as one module: with all of the project that it imports. */
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, OutputFile, Plugin } from "esbuild";
import { oneLanguage } from "../../bundles/one-language.ts";

/** A mistake in the source, with its place. */
export class BundleError extends Error {}

const common = {
  bundle: true,
  write: false,
  format: "esm",
  target: "es2024",
  logLevel: "silent",
  // For function folders outside the repository.
  nodePaths: [fileURLToPath(new URL("../../node_modules", import.meta.url))],
} satisfies BuildOptions;

/** For this process: packages are not part of it. @throws {BundleError} */
export async function bundleForNode(file: string): Promise<string> {
  return only(await run({ ...common, entryPoints: [file], platform: "node", packages: "external" }));
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
const isolate = fileURLToPath(new URL("isolate.ts", import.meta.url));

interface Awaited {
  readonly file: string;
  readonly resolve: (code: string) => void;
  readonly reject: (error: unknown) => void;
}

/** Asked for in this turn of the event loop: packages that all of them import are parsed once for all. */
let awaited: Awaited[] = [];

/** For workerd: with its doors and its packages. @throws {BundleError} */
export function bundleForIsolate(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    if (awaited.length === 0) setImmediate(bundleAwaited);
    awaited.push({ file, resolve, reject });
  });
}

function bundleAwaited(): void {
  const all = awaited;
  awaited = [];
  bundleTogether(all.map(({ file }) => file)).then(
    (codes) => {
      for (const [i, { resolve }] of all.entries()) resolve(codes[i] ?? "");
    },
    // Which of them is to blame shows when each is bundled alone.
    () => {
      for (const { file, resolve, reject } of all) {
        bundleTogether([file]).then(([code = ""]) => resolve(code), reject);
      }
    },
  );
}

/** In the order of `files`. @throws {BundleError} */
async function bundleTogether(files: readonly string[]): Promise<string[]> {
  const outputs = await run({
    ...common,
    entryPoints: files.map((file, i) => ({ in: `isolate:${file}`, out: String(i) })),
    // Nothing is written: names for the outputs.
    outdir: "/",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    minifySyntax: true,
    plugins: [oneLanguage, entry],
  });
  return files.map((_, i) => only(outputs.filter(({ path }) => basename(path) === `${i}.js`)));
}

function only(outputs: readonly OutputFile[]): string {
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) throw new BundleError(`${outputs.length} outputs instead of one`);
  return output.text;
}

async function run(options: BuildOptions & { write: false }): Promise<readonly OutputFile[]> {
  // A bundle of the stack would load what stands at the top of a file with itself, whoever needs it.
  const { build } = await import("esbuild");
  try {
    return (await build(options)).outputFiles;
  } catch (error) {
    throw new BundleError(placeOf(error));
  }
}

function placeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("errors" in error) || !Array.isArray(error.errors))
    return String(error);
  const [first]: { text?: unknown; location?: { line: number; column: number } | null }[] = error.errors;
  const place = first?.location ? `line ${first.location.line}, column ${first.location.column + 1}: ` : "";
  return `${place}${String(first?.text ?? error)}`;
}
