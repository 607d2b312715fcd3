/** A function as one module: with all of the project that it imports. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

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
export function bundleForNode(file: string): Promise<string> {
  return run({ ...common, entryPoints: [file], platform: "node", packages: "external" });
}

/** zod brings its messages in fifty languages: half of every bundle, for one that is used. */
const oneLanguage: Plugin = {
  name: "one-language",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, "../locales/en.js"),
    }));
  },
};

const ENTRY = `import definition from "the:function"; import { isolate } from "the:isolate"; export default isolate(definition);`;

/** For workerd: with its doors and its packages. @throws {BundleError} */
export function bundleForIsolate(file: string): Promise<string> {
  return run({
    ...common,
    stdin: { contents: ENTRY, resolveDir: dirname(file) },
    alias: { "the:function": file, "the:isolate": fileURLToPath(new URL("isolate.ts", import.meta.url)) },
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    minifySyntax: true,
    plugins: [oneLanguage],
  });
}

async function run(options: BuildOptions & { write: false }): Promise<string> {
  try {
    const { outputFiles } = await build(options);
    const [output] = outputFiles ?? [];
    if (output === undefined) throw new Error("the bundler gave no output");
    return output.text;
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
