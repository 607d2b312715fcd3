import { beforeAll, expect, test } from "vitest";
import type { RunningStack } from "./running-stack.ts";

/** Leaves nodes dead: the last of a stack. */
export function queueWithoutQuorumSuite(running: () => RunningStack): void {
  let stack: RunningStack;
  beforeAll(() => {
    stack = running();
  });

  const add = (id: string) =>
    fetch(`${stack.http}/add_track`, {
      method: "POST",
      headers: { prefer: "return=minimal" },
      body: JSON.stringify({ id, title: "Song Title", artist: "Artist Name", duration: 200 }),
    });

  test("with three of five nodes dead the queue answers 503 with Retry-After, and is well again when one returns", async () => {
    expect((await add("before")).status).toBe(200);
    for (const id of ["0", "1", "2"]) expect((await stack.tutti("node", "kill", id)).code).toBe(0);

    const [write, read, readiness] = await Promise.all([
      add("meanwhile"),
      fetch(`${stack.http}/queue`),
      fetch(`${stack.http}/readyz`),
    ]);
    for (const answer of [write, read, readiness]) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(await write.json()).toEqual({ error: expect.any(String), detail: expect.any(String) });

    expect((await stack.tutti("node", "restart", "1")).code).toBe(0);
    const after = await add("after");
    expect(after.status).toBe(200);
    const queue: unknown = await (await fetch(`${stack.http}/queue`)).json();
    expect(queue).toContainEqual(expect.objectContaining({ id: "before" }));
    expect(queue).toContainEqual(expect.objectContaining({ id: "after" }));
  });
}
