import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { completeFounding, openCluster } from "../../local-stack/supervisor/cluster-file.ts";
import { DataFolder } from "../../local-stack/supervisor/data-folder.ts";
import { temporaryFolder } from "./stack-process.ts";

const USUAL = 5;
let temporary: ReturnType<typeof temporaryFolder>;
let folder: DataFolder;
beforeEach(() => {
  temporary = temporaryFolder();
  folder = new DataFolder(temporary.path);
});
afterEach(() => temporary.remove());

test("nodes may take an empty folder for a new one until the cluster is made, and never again", async () => {
  const first = await openCluster(folder, undefined, USUAL);
  expect(first).toMatchObject({ founding: true, cluster: { nodes: [0, 1, 2, 3, 4] } });
  // Interrupted: the founding goes on with the same cluster.
  expect(await openCluster(folder, undefined, USUAL)).toEqual(first);
  await completeFounding(folder);
  expect(await openCluster(folder, undefined, USUAL)).toEqual({ ...first, founding: false });
  expect(existsSync(folder.founding)).toBe(false);
});

test("two clusters never have the same id", async () => {
  const other = temporaryFolder();
  try {
    const { cluster } = await openCluster(folder, 1, USUAL);
    expect((await openCluster(new DataFolder(other.path), 1, USUAL)).cluster.id).not.toBe(cluster.id);
  } finally {
    other.remove();
  }
});

test("the number of nodes is fixed with the first start", async () => {
  await openCluster(folder, 3, USUAL);
  await expect(openCluster(folder, 4, USUAL)).rejects.toMatchObject({ exitCode: 2 });
  await completeFounding(folder);
  await expect(openCluster(folder, 5, USUAL)).rejects.toMatchObject({ exitCode: 2 });
  expect((await openCluster(folder, 3, USUAL)).cluster.nodes).toHaveLength(3);
});

test("nodes without a cluster file, and a damaged cluster file, are refused rather than made anew", async () => {
  mkdirSync(folder.node(0), { recursive: true });
  await expect(openCluster(folder, undefined, USUAL)).rejects.toThrow(/cluster\.json is missing/);
  writeFileSync(folder.cluster, '{"id": "x", "nod');
  await expect(openCluster(folder, undefined, USUAL)).rejects.toThrow(/cluster\.json is damaged/);
});
