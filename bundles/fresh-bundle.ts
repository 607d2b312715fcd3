/** A program's bundle, as long as it is what its sources say: after an edit they themselves are run, until somebody bundles them again. */
import { runBundle } from "./code-cache.ts";
import { freshFiles } from "./kept-files.ts";
import type { Program } from "./program.ts";

/** What a program's module is kept as. */
export const CODE = "code";

/** The program's module: of its bundle when that is fresh, from its sources otherwise. @param use as of code-cache.ts */
export async function loadProgram<T>(program: Program, use: string, fromSources: () => Promise<T>): Promise<T> {
  const bundle = freshBundle(program);
  if (bundle === undefined) return fromSources();
  return runBundle(bundle, use);
}

/** Absolute path; undefined when there is none, or not of the sources as they are now. */
export function freshBundle(program: Program): string | undefined {
  return freshFiles(program)?.get(CODE);
}
