import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turn } from "../../consensus-nodes/node/turn.ts";

test("what is asked for in one iteration runs once in the next turn, work before flushes", async () => {
  const turn = new Turn();
  const ran: string[] = [];
  const work = () => ran.push("work");
  turn.requestFlush(() => ran.push("flush"));
  turn.requestWork(work);
  turn.requestWork(work);
  await setImmediate();
  expect(ran).toEqual(["work", "flush"]);
});

test("after its end nothing runs: a node that closes its logs writes nothing more into them", async () => {
  const turn = new Turn();
  const ran: string[] = [];
  turn.requestWork(() => ran.push("asked before"));
  turn.end();
  turn.requestWork(() => ran.push("asked after"));
  await setImmediate();
  await setImmediate();
  expect(ran).toEqual([]);
});
