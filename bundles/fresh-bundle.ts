/**
 * A program's bundle, as long as it is what its sources say. Every start looks at each of them, in two milliseconds: after an
 * edit the sources themselves are run, until somebody bundles them again (make-bundle.ts).
 *
 *     node_modules/.cache/bundles/<root>/run-node-<contents>.mjs   never changed once it is there
 *                                        run-node.json             names the bundle, and the sources as they were read
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Program } from "./program.ts";

export interface Manifest {
  /** The bundle's file name, beside the manifest. */
  readonly file: string;
  /** Bytes. A power cut may leave a file of another size. */
  readonly size: number;
  /** By path below the root: files, and folders in which there may be more of them. */
  readonly sources: Readonly<Record<string, string>>;
}

/** The program's module: of its bundle when that is fresh, from its sources otherwise. */
export async function loadProgram<T>(program: Program, fromSources: () => Promise<T>): Promise<T> {
  const bundle = freshBundle(program);
  if (bundle === undefined) return fromSources();
  const module: T = await import(pathToFileURL(bundle).href);
  return module;
}

/** Absolute path; undefined when there is none, or not of the sources as they are now. */
export function freshBundle(program: Program): string | undefined {
  try {
    const manifest: Manifest = JSON.parse(readFileSync(manifestOf(program), "utf8"));
    const bundle = join(folderOf(program), manifest.file);
    if (statSync(bundle).size !== manifest.size) return undefined;
    for (const [path, stamp] of Object.entries(manifest.sources)) {
      if (stampOf(join(program.root, path)) !== stamp) return undefined;
    }
    return bundle;
  } catch {
    return undefined;
  }
}

/** Differs after every change of the file, also after one that keeps its time of modification. @throws when it is not there */
export function stampOf(path: string): string {
  const { mtimeMs, ctimeMs, size } = statSync(path);
  return `${mtimeMs} ${ctimeMs} ${size}`;
}

/** Bundles hold absolute paths: a copy of the project does not find those of its original. */
export function folderOf({ root }: Program): string {
  const hash = createHash("sha256").update(root).digest("hex").slice(0, 16);
  return join(root, "node_modules", ".cache", "bundles", hash);
}

export function manifestOf(program: Program): string {
  return join(folderOf(program), `${nameOf(program)}.json`);
}

export function nameOf({ source }: Program): string {
  return basename(source, ".ts");
}
