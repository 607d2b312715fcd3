/** Isolates are never given back, so a grown process makes way for a new one. */
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import type { Peer } from "../../functions/invoke.ts";
import { openHostSocket } from "../../local-stack/runtimes/host-socket.ts";
import { IsolateBundles } from "../../local-stack/runtimes/isolate-bundles.ts";
import { DOOR, FUNCTION, PEER } from "../../local-stack/runtimes/isolate-protocol.ts";
import { WorkerdKeeper } from "../../local-stack/runtimes/workerd-keeper.ts";
import type { WorkerdProcess } from "../../local-stack/runtimes/workerd-process.ts";
import { PATIENCE } from "./front.ts";
import { makeFunctionFolder, source } from "./function-folder.ts";
import { InMemoryCore } from "./in-memory-core.ts";

const HELLO = '{"says":"hello"}';
const anyone: Peer = { caller: { kind: "anyone" }, address: "127.0.0.1" };

test("a process that takes over drops no request, and the old one ends", async () => {
  const folder = await makeFunctionFolder();
  await folder.write("test/hello.ts", source("hello", 'return reply(200, { says: "hello" });'));
  const bundles = new Map([["hello@1", await new IsolateBundles().of(join(folder.path, "test/hello.ts"))]]);
  const channel = new InMemoryCore();
  const socket = await openHostSocket({ channel }, bundles);
  const log = pino({ level: "silent" });
  const keeper = await WorkerdKeeper.start({ socket: socket.path, log, prepare: async () => {} });
  const heard = new Map<string, number>();
  let going = true;
  const client = async (ask: (process: WorkerdProcess) => Promise<unknown>) => {
    while (going) {
      const text = String(await ask(await keeper.process()));
      heard.set(text, (heard.get(text) ?? 0) + 1);
    }
  };
  const bySession = async ({ sessions }: WorkerdProcess) =>
    (await sessions.use("hello@1", channel, (session) => session.http({}, anyone))).body;
  const byRequest = async ({ pool }: WorkerdProcess) => {
    const headers = { [FUNCTION]: "hello@1", [DOOR]: "http", [PEER]: encodeURIComponent(JSON.stringify(anyone)) };
    return (await pool.request({ path: "/hello", method: "GET", headers })).body.text();
  };
  const clients = Promise.all(Array.from({ length: 8 }, (_, i) => client(i % 2 === 0 ? bySession : byRequest)));
  const old = await keeper.process();
  await keeper.recycle();
  await old.ended;
  const before = heard.get(HELLO) ?? 0;
  await expect.poll(() => heard.get(HELLO) ?? 0, PATIENCE).toBeGreaterThan(before);
  going = false;
  await clients;
  expect([...heard.keys()]).toEqual([HELLO]);
  expect(await keeper.process()).not.toBe(old);
  await keeper.close();
  await socket.close();
  await folder.close();
});
