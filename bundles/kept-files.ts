/**
 * Files that were made of sources, as long as those are as they were read. To ask costs a look at each source, two milliseconds.
 *
 *     node_modules/.cache/bundles/<root>/node-<contents>.cjs   never changed once it is there
 *                                        node.json                 the manifest: names the files, and the sources as they were read
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Which files are meant. */
export interface Kept {
  /** Absolute path of the folder that holds the sources and `node_modules`. */
  readonly root: string;
  /** What the files' names begin with, and a dash: of other files in the folder none does. */
  readonly name: string;
}

export interface Manifest {
  /** By what each was made as: its name beside the manifest, and its bytes. A power cut may leave a file of another size. */
  readonly files: Readonly<Record<string, { readonly file: string; readonly size: number }>>;
  /** By path below the root: files, and folders in which there may be more of them. */
  readonly sources: Readonly<Record<string, string>>;
}

/** Absolute paths, by what each was made as; undefined when there are none, or not of the sources as they are now. */
export function freshFiles(kept: Kept): ReadonlyMap<string, string> | undefined {
  try {
    const manifest: Manifest = JSON.parse(readFileSync(manifestOf(kept), "utf8"));
    const paths = new Map<string, string>();
    for (const [key, { file, size }] of Object.entries(manifest.files)) {
      const path = join(folderOf(kept), file);
      if (statSync(path).size !== size) return undefined;
      paths.set(key, path);
    }
    for (const [path, stamp] of Object.entries(manifest.sources)) {
      if (stampOf(join(kept.root, path)) !== stamp) return undefined;
    }
    return paths;
  } catch {
    return undefined;
  }
}

/** Differs after every change of the file, also after one that keeps its time of modification. @throws when it is not there */
export function stampOf(path: string): string {
  const { mtimeMs, ctimeMs, size } = statSync(path);
  return `${mtimeMs} ${ctimeMs} ${size}`;
}

/** What is made of sources may hold absolute paths: a copy of the project does not find that of its original. */
export function folderOf({ root }: Pick<Kept, "root">): string {
  return join(root, "node_modules", ".cache", "bundles", hashOf(root));
}

export function manifestOf(kept: Kept): string {
  return join(folderOf(kept), `${kept.name}.json`);
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
