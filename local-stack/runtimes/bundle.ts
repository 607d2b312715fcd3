/** A function as one module: with all of the project that it imports. */
import { fileURLToPath } from "node:url";
import type { BuildOptions, BuildResult, OutputFile } from "esbuild";

/** A mistake in the source, with its place. */
export class BundleError extends Error {}

type Options = BuildOptions & { write: false; metafile: true };

/** Of all functions' bundles. */
export const common = {
  bundle: true,
  write: false,
  metafile: true,
  format: "esm",
  target: "es2024",
  logLevel: "silent",
  // For function folders outside the repository.
  nodePaths: [fileURLToPath(new URL("../../node_modules", import.meta.url))],
} satisfies BuildOptions;

/** For this process: packages are not part of it. @throws {BundleError} */
export async function bundleForNode(file: string): Promise<string> {
  const { outputFiles } = await run({ ...common, entryPoints: [file], platform: "node", packages: "external" });
  return only(outputFiles);
}

/** The text of one that has no parts. @throws {BundleError} */
export function only(outputs: readonly OutputFile[]): string {
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) throw new BundleError(`${outputs.length} outputs instead of one`);
  return output.text;
}

/** @throws {BundleError} */
export async function run(options: Options): Promise<BuildResult<Options>> {
  // A bundle of the stack would load what stands at the top of a file with itself, whoever needs it.
  const { build } = await import("esbuild");
  try {
    return await build(options);
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
