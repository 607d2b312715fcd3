/** Two requests over one name at once, and nodes that die under them: no node's disk ever differs from the catalog. */
import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { plain } from "../consensus/blobs/sample-pictures.ts";
import { eventually } from "../consensus/cluster/test-cluster.ts";
import type { RunningStack } from "./running-stack.ts";

const NODES = ["1", "2", "3", "4"];
const ROUNDS = 16;

export function picturesRacesSuite(running: () => RunningStack): void {
  let stack: RunningStack;
  beforeAll(() => {
    stack = running();
  });

  const Replicas = z.object({
    replicas: z.array(z.string()).default([]),
    catalog: z.array(z.string()).default([]),
    nodes: z.record(z.string(), z.string()).default({}),
  });

  async function upload(bytes: Buffer, name: string): Promise<number> {
    const body = new FormData();
    body.set("file", new Blob([new Uint8Array(bytes)]), name);
    return (await fetch(`${stack.http}/upload`, { method: "POST", body })).status;
  }

  async function deleteEverywhere(name: string): Promise<string> {
    const response = await fetch(`${stack.http}/delete-2pc/${name}`, { method: "DELETE" });
    const { status = String(response.status) } = z
      .object({ status: z.string().optional() })
      .parse(await response.json());
    return status;
  }

  const replicas = async (name: string) =>
    Replicas.parse(await (await fetch(`${stack.http}/pictures/${name}/replicas`)).json());

  /** All nodes answer, and each disk has what the catalog says. */
  function settled(name: string): Promise<readonly string[]> {
    return eventually(`${name} is on all nodes or on none`, 5000, async () => {
      const { replicas: held, catalog, nodes } = await replicas(name);
      const states = new Set(Object.values(nodes));
      if (held.length === 0 && catalog.length === 0 && !states.has("unreached")) return { held };
      return held.length === NODES.length && catalog.join() === held.join() && { held };
    }).then(({ held }) => held);
  }

  test("a delete while an upload of the same name is in flight: one wins, and no replica differs", async () => {
    const ends = { there: 0, gone: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const name = `round-${round}.png`;
      // In every other round there is something to be deleted while the same picture comes again.
      const picture = await plain();
      if (round % 2 === 0) expect(await upload(picture, name)).toBe(200);
      const uploading = upload(picture, name);
      const deleting = new Promise((resolve) => setTimeout(resolve, (round * 7) % 60)).then(() =>
        deleteEverywhere(name),
      );
      const [uploaded, deleted] = await Promise.all([uploading, deleting]);
      expect([200, 409]).toContain(uploaded);
      expect(["COMMITTED", "ABORTED", "404"]).toContain(deleted);
      const held = await settled(name);
      if (deleted !== "COMMITTED" && uploaded === 200) expect(held).toEqual(NODES);
      if (uploaded === 409) expect(deleted).toBe("COMMITTED");
      ends[held.length > 0 ? "there" : "gone"] += 1;
    }
    // Both have been seen to win.
    expect(ends.there).toBeGreaterThan(0);
    expect(ends.gone).toBeGreaterThan(0);
  });

  test("of two pictures that are shared under one name at once, one is on every node", async () => {
    for (let round = 0; round < 4; round++) {
      const name = `rivals-${round}.png`;
      const rivals = await Promise.all([plain(), plain()]);
      const statuses = await Promise.all(rivals.map((rival) => upload(rival, name)));
      expect([...statuses].sort()).toEqual([200, 409]);
      expect(await settled(name)).toEqual(NODES);
      const kept = Buffer.from(await (await fetch(`${stack.http}/download/${name}`)).arrayBuffer());
      expect(kept.equals(rivals[statuses.indexOf(200)] ?? Buffer.alloc(0))).toBe(true);
    }
  });

  test("a picture node killed in the middle of uploads and deletions agrees with the others when it is back", async () => {
    const names = Array.from({ length: 8 }, (_, i) => `killed-${i}.png`);
    for (const name of names.slice(0, 4)) await upload(await plain(), name);
    const work = names.map(async (name, i) => (i < 4 ? deleteEverywhere(name) : upload(await plain(), name)));
    await stack.tutti("node", "kill", "3");
    const outcomes = await Promise.all(work);
    // Without one of the nodes nothing can be shared with all, or deleted from all; and nothing is.
    expect([409, 503]).toContain(await upload(await plain(), "without-3.png"));
    expect((await replicas("without-3.png")).catalog).toEqual([]);
    await stack.tutti("node", "restart", "3");
    for (const [i, name] of names.entries()) {
      const held = await settled(name);
      if (outcomes[i] === "COMMITTED") expect(held).toEqual([]);
      if (outcomes[i] === "ABORTED" || outcomes[i] === 200) expect(held).toEqual(NODES);
    }
    expect(await upload(await plain(), "with-3.png")).toBe(200);
    expect(await settled("with-3.png")).toEqual(NODES);
  });
}
