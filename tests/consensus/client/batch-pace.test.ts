/** When batches leave, and when their callers are told. */
import { beforeEach, describe, expect, test } from "vitest";
import { GATHER_MS, MAX_BATCHES_UNDER_WAY, WORTH_A_BATCH } from "../../../consensus-nodes/client/batch-pace.ts";
import type { CoreReply } from "../../../consensus-nodes/client/core-channel.ts";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { Schedule } from "../raft/harness/schedule.ts";
import { PlayedNode } from "./played-node.ts";
import { scheduledRuntime } from "./scheduled-runtime.ts";

let schedule: Schedule;
let node: PlayedNode;
let client: CoreClient;
/** Texts in the order in which their callers were told. */
let told: string[];
let replies: Map<string, CoreReply>;
let index: number;

beforeEach(async () => {
  schedule = new Schedule();
  node = new PlayedNode();
  const runtime = scheduledRuntime(schedule);
  client = new CoreClient({ nodes: [{ id: 0, address: "" }], dial: () => node, runtime });
  told = [];
  replies = new Map();
  index = 1;
  // A first command opens the session and finds the leader.
  append("first");
  await pass(1);
  answer(0, 0);
  await pass(1);
  answer(1);
  await pass(1);
  expect(told.splice(0)).toEqual(["first"]);
  node.received.length = 0;
});

async function append(text: string): Promise<void> {
  const reply = await client.call({ group: "journal", name: "append", input: { text, source: "" }, timeout: 1000 });
  told.push(text);
  replies.set(text, reply);
}

function appendMany(name: string, count: number): void {
  for (let i = 0; i < count; i++) append(`${name}-${i}`);
}

function answer(position: number, count = node.received[position]?.texts.length ?? 0): void {
  const results = Array.from({ length: count }, () => ({ v: {} }));
  node.answer({ ok: true, leader: 0, index: index++, results }, position);
}

async function pass(milliseconds: number): Promise<void> {
  const end = schedule.now + milliseconds;
  // The clock stands where the last event was: so that it comes as far.
  schedule.after(milliseconds, () => {});
  while (schedule.step(end)) await settled();
  await settled();
}

/** What was told has been heard. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const sizes = () => node.received.map(({ texts }) => texts.length);

describe("while a batch is under way", () => {
  test("the commands that come gather, and leave together when it is answered", async () => {
    append("a");
    await pass(1);
    append("b");
    await pass(1);
    append("c");
    await pass(1);
    expect(node.received.map(({ texts }) => texts)).toEqual([["a"]]);
    answer(0);
    await pass(1);
    expect(node.received.map(({ texts }) => texts)).toEqual([["a"], ["b", "c"]]);
  });

  test("they wait for so long at most", async () => {
    append("a");
    await pass(1);
    append("b");
    await pass(GATHER_MS - 1);
    expect(sizes()).toEqual([1]);
    await pass(2);
    expect(sizes()).toEqual([1, 1]);
  });

  test("many do not wait", async () => {
    append("a");
    await pass(1);
    appendMany("b", WORTH_A_BATCH);
    await pass(1);
    expect(sizes()).toEqual([1, WORTH_A_BATCH]);
  });

  test("there are so many batches at most, however many wait", async () => {
    for (let batch = 0; batch < 2 * MAX_BATCHES_UNDER_WAY; batch++) {
      appendMany(`a${batch}`, WORTH_A_BATCH);
      await pass(GATHER_MS);
    }
    expect(sizes()).toEqual(new Array(MAX_BATCHES_UNDER_WAY).fill(WORTH_A_BATCH));
    answer(0);
    await pass(1);
    expect(sizes().at(-1)).toBe(MAX_BATCHES_UNDER_WAY * WORTH_A_BATCH);
  });
});

describe("results of a batch", () => {
  test("are all handed out, in order", async () => {
    appendMany("a", 50);
    await pass(1);
    answer(0);
    await pass(1);
    expect(told).toEqual(Array.from({ length: 50 }, (_, i) => `a-${i}`));
    for (const reply of replies.values()) expect(reply).toMatchObject({ ok: true });
  });

  test("come after what waited has left", async () => {
    append("a");
    await pass(1);
    append("b");
    await pass(1);
    answer(0);
    expect(sizes()).toEqual([1, 1]);
    await settled();
    expect(told).toEqual([]);
    await pass(1);
    expect(told).toEqual(["a"]);
  });

  test("are handed out a few at a time, so that what their callers ask next leaves before the last has his", async () => {
    appendMany("a", 50);
    await pass(1);
    answer(0);
    await settled();
    expect(told.length).toBeLessThan(50);
    append("next");
    while (sizes().length === 1 && schedule.step(schedule.now + 1)) await settled();
    expect(node.commands).toEqual(["next"]);
    expect(told.length).toBeLessThan(50);
  });

  test("that are there when the client is closed are still handed out", async () => {
    appendMany("a", 50);
    await pass(1);
    answer(0);
    client.close();
    await pass(1);
    expect([...replies.values()].filter(({ ok }) => ok)).toHaveLength(51);
  });

  test("of a forgotten session are failures once the client is closed, for nobody sends the commands again", async () => {
    appendMany("a", 50);
    await pass(1);
    const results = Array.from({ length: 50 }, () => ({ e: "NoSession", m: "" }) as const);
    node.answer({ ok: true, leader: 0, index: index++, results });
    client.close();
    await pass(1);
    expect(told).toHaveLength(50);
    for (const text of told) expect(replies.get(text)).toMatchObject({ ok: false, failure: { kind: "Overloaded" } });
  });
});
