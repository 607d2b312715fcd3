/**
 * What makes a data folder a member: `identity.json`, written when the cluster is made. A node without it has forgotten its
 * votes and promises, and must take no part, or a majority that once was might be undone.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const Identity = z.object({
  cluster: z.string(),
  id: z.int(),
  /** Groups whose log was made here. One that is listed and has no log was lost. */
  groups: z.array(z.string()),
  /** The members of every group when the cluster was founded; none when this node came later, and was told. */
  founding: z.array(z.object({ id: z.int(), voter: z.boolean(), address: z.string() })).optional(),
  /** Names this folder among those with which the node came and comes; absent for a founder's. */
  disk: z.string().optional(),
});
export type Identity = z.infer<typeof Identity>;

/** The folder belongs to another node or cluster, or cannot be read. */
export class ForeignData extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ForeignData";
  }
}

/** @returns undefined when the folder has none. @throws {ForeignData} */
export function readIdentity(folder: string, cluster: string, id: number): Identity | undefined {
  const file = join(folder, "identity.json");
  if (!existsSync(file)) return undefined;
  const parsed = Identity.safeParse(parseJson(readFileSync(file, "utf8")));
  if (!parsed.success) throw new ForeignData(`${file}: not an identity`);
  const identity = parsed.data;
  if (identity.cluster !== cluster || identity.id !== id) {
    throw new ForeignData(
      `${file}: belongs to node ${identity.id} of cluster ${identity.cluster}, this is node ${id} of ${cluster}`,
    );
  }
  return identity;
}

/** Durable when it returns: a power cut leaves the old identity or the new one. */
export function writeIdentity(folder: string, identity: Identity): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "identity.json");
  const temporary = `${file}.new`;
  writeFileSync(temporary, `${JSON.stringify(identity)}\n`, { flush: true });
  renameSync(temporary, file);
  const directory = openSync(folder, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
