/**
 * Which cluster a data folder holds. It is founded once:
 *
 *     no file -> cluster.founding.json -> all nodes have made their folders -> cluster.json
 *
 * Only before the last step may a node with an empty folder take itself for a new member. Nothing is accepted from clients
 * before it either, so a founding that was interrupted is simply gone on with.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import * as z from "zod";
import type { DataFolder } from "./data-folder.ts";
import { renameDurably, writeDurably } from "./durable-file.ts";
import { Refusal } from "./refusal.ts";

const Cluster = z.object({
  /** Random; nodes of different clusters refuse each other. */
  id: z.string().min(1).max(64),
  /** Ids of the nodes. */
  nodes: z.array(z.int().min(0)).min(1),
  /** Of these, those that came later and are not voters of every group yet: with an empty folder they have lost nothing. */
  joining: z.array(z.int().min(0)).default([]),
  createdAt: z.iso.datetime(),
});
export type Cluster = z.infer<typeof Cluster>;

/**
 * The cluster of the folder; a new one of `count` nodes when there is none.
 * @param count how many nodes were asked for; undefined: as many as there are.
 * @throws {Refusal} when the folder holds another number of nodes, or nodes of a cluster it does not know.
 */
export async function openCluster(
  folder: DataFolder,
  count: number | undefined,
  defaultCount: number,
): Promise<{ readonly cluster: Cluster; readonly founding: boolean }> {
  for (const path of [folder.cluster, folder.founding]) {
    const cluster = await readCluster(path);
    if (cluster === undefined) continue;
    if (count !== undefined && count !== cluster.nodes.length) {
      throw new Refusal(
        `${folder} holds a cluster of ${cluster.nodes.length} nodes, not ${count}: leave out --nodes, or choose another folder with --data`,
        2,
      );
    }
    return { cluster, founding: path === folder.founding };
  }
  if (existsSync(folder.nodes)) {
    throw new Refusal(
      `${folder.nodes} holds nodes, but ${folder.cluster} is missing: put it back, or start anew with: npx tutti reset`,
    );
  }
  const cluster: Cluster = {
    id: randomUUID(),
    nodes: Array.from({ length: count ?? defaultCount }, (_, id) => id),
    joining: [],
    createdAt: new Date().toISOString(),
  };
  await writeDurably(folder.founding, cluster);
  return { cluster, founding: true };
}

/** All nodes exist: from now on a node without its folder has lost it. */
export async function completeFounding(folder: DataFolder): Promise<void> {
  await renameDurably(folder.founding, folder.cluster);
}

/** Durable when it resolves. */
export async function changeCluster(folder: DataFolder, cluster: Cluster): Promise<void> {
  await writeDurably(folder.cluster, cluster);
}

async function readCluster(path: string): Promise<Cluster | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return Cluster.parse(JSON.parse(text));
  } catch {
    throw new Refusal(`${path} is damaged: put it back, or start anew with: npx tutti reset`);
  }
}
