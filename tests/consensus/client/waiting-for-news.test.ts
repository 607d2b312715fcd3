/** A query with `after` waits for an index that is not applied yet: for seconds, which must not unsettle anybody else. */
import { expect, test } from "vitest";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import type { Link, OnOutcome } from "../../../consensus-nodes/client/node-link.ts";
import { Schedule } from "../raft/harness/schedule.ts";
import { scheduledRuntime } from "./scheduled-runtime.ts";

interface Asked {
  readonly node: number;
  readonly after: number;
  readonly onOutcome: OnOutcome;
}

function start() {
  const schedule = new Schedule();
  const asked: Asked[] = [];
  const dial = (id: number): Link => ({
    id,
    up: true,
    batch: (_batch, onOutcome) => {
      // Node 1 leads.
      const outcome = {
        ok: id === 1,
        refusal: "NotLeader",
        leader: 1,
        index: 1,
        results: [{ v: { index: 1 } }],
        message: "",
      };
      schedule.after(1, () => onOutcome(Buffer.from(JSON.stringify(outcome))));
    },
    query: ({ after }, onOutcome) => asked.push({ node: id, after, onOutcome }),
    transaction() {},
    flush() {},
    close() {},
  });
  const client = new CoreClient({
    nodes: [0, 1, 2].map((id) => ({ id, address: "" })),
    dial,
    runtime: scheduledRuntime(schedule),
  });
  const until = (time: number) => {
    while (schedule.step(time));
  };
  const append = client.call({ group: "journal", name: "append", input: { text: "text", source: "" } });
  const wait = (timeout: number) =>
    client.call({ group: "journal", name: "read", input: { limit: 1 }, after: 2, timeout });
  const answer = (index: number, outcome: object) => asked[index]?.onOutcome(Buffer.from(JSON.stringify(outcome)));
  return { client, until, append, wait, asked, answer };
}

test("the leader that holds it stays the leader, also when it says that nothing came", async () => {
  const { client, until, append, wait, asked, answer } = start();
  until(20);
  await append;
  const news = wait(5000);
  until(1000);
  expect(asked.map(({ node }) => node)).toEqual([1]);
  answer(0, { ok: false, e: "NoLeader", m: "nothing came" });
  until(1005);
  expect(asked.map(({ node, after }) => [node, after])).toEqual([
    [1, 2],
    [1, 2],
  ]);
  answer(1, { ok: true, v: "news" });
  expect(await news).toMatchObject({ ok: true, value: "news" });
  client.close();
});

test("a node that says nothing at all for two seconds is given up on", async () => {
  const { client, until, append, wait, asked } = start();
  until(20);
  await append;
  const news = wait(10_000);
  until(1900);
  expect(asked).toHaveLength(1);
  until(2200);
  expect(asked.length).toBeGreaterThan(1);
  client.close();
  expect(await news).toMatchObject({ ok: false });
});

test("nothing new in its time is a timeout, not the loss of a leader", async () => {
  const { client, until, append, wait } = start();
  until(20);
  await append;
  const news = wait(500);
  until(700);
  expect(await news).toMatchObject({ ok: false, failure: { kind: "Timeout" } });
  client.close();
});
