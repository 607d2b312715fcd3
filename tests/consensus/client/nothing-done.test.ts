import { expect, test } from "vitest";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { Schedule } from "../raft/harness/schedule.ts";
import { PlayedNode } from "./played-node.ts";
import { scheduledRuntime } from "./scheduled-runtime.ts";

test("a command whose caller was told that nothing was done is not sent later for the sake of another one", async () => {
  const schedule = new Schedule();
  const node = new PlayedNode();
  const client = new CoreClient({
    nodes: [{ id: 0, address: "" }],
    dial: () => node,
    runtime: scheduledRuntime(schedule),
  });
  const append = (text: string, timeout: number) =>
    client.call({ group: "journal", name: "append", input: { text, source: "" }, timeout });
  const until = (time: number) => {
    while (schedule.step(time));
  };
  const hasty = append("hasty", 200);
  const patient = append("patient", 1000);
  until(5);
  node.answer({ ok: true, leader: 0, index: 1, results: [] });
  until(10);
  expect(node.commands).toEqual(["hasty", "patient"]);
  // Refused: nothing of it entered a log. Then the node is gone for a while.
  node.answer({ ok: false, refusal: "NotLeader", leader: null, message: "" });
  node.up = false;
  until(300);
  expect(await hasty).toMatchObject({ ok: false, failure: { kind: "NoLeader" } });
  node.up = true;
  until(400);
  expect(node.commands).toEqual(["patient"]);
  node.answer({ ok: true, leader: 0, index: 2, results: [{ v: { index: 2 } }] });
  expect(await patient).toMatchObject({ ok: true });
  client.close();
});
