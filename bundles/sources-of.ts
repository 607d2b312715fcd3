/** The files that were read for a bundle. */
import type { Metafile } from "esbuild";

/** Paths below the folder in which esbuild worked: without what plugins made up. */
export function sourcesOf({ inputs }: Metafile): string[] {
  return Object.keys(inputs).filter((path) => !/^(\(disabled\)|builtin|isolate):/.test(path));
}
