/** Isolates are never given back, so a grown process makes way for a new one. */
import { pino } from "pino";
import { expect, test } from "vitest";
import { openHostSocket } from "../../local-stack/runtimes/host-socket.ts";
import { FUNCTION } from "../../local-stack/runtimes/isolate-protocol.ts";
import { WorkerdKeeper } from "../../local-stack/runtimes/workerd-keeper.ts";
import { PATIENCE } from "./front.ts";
import { InMemoryCore } from "./in-memory-core.ts";

test("a process that takes over drops no request, and the old one ends", async () => {
  const bundles = new Map([["hello@1", 'export default { fetch: () => new Response("hello") };']]);
  const socket = await openHostSocket({ channel: new InMemoryCore() }, bundles);
  const log = pino({ level: "silent" });
  const keeper = await WorkerdKeeper.start({ socket: socket.path, log, prepare: async () => {} });
  const heard = new Map<string, number>();
  let going = true;
  const client = async () => {
    while (going) {
      const { pool } = await keeper.process();
      const response = await pool.request({ path: "/", method: "POST", headers: { [FUNCTION]: "hello@1" } });
      const text = await response.body.text();
      heard.set(text, (heard.get(text) ?? 0) + 1);
    }
  };
  const clients = Promise.all(Array.from({ length: 8 }, client));
  const old = await keeper.process();
  await keeper.recycle();
  await old.ended;
  const before = heard.get("hello") ?? 0;
  await expect.poll(() => heard.get("hello") ?? 0, PATIENCE).toBeGreaterThan(before);
  going = false;
  await clients;
  expect([...heard.keys()]).toEqual(["hello"]);
  expect(await keeper.process()).not.toBe(old);
  await keeper.close();
  await socket.close();
});
