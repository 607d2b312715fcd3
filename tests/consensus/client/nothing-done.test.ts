import { expect, test } from "vitest";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import type { Link, OnOutcome } from "../../../consensus-nodes/client/node-link.ts";
import type { BatchOutcome } from "../../../consensus-nodes/wire/batch.ts";
import { Schedule } from "../raft/harness/schedule.ts";
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

/** A node that answers when the test says so, and what. */
class PlayedNode implements Link {
  readonly id = 0;
  up = true;
  #last: { readonly commands: Uint8Array; readonly onOutcome: OnOutcome } | undefined;

  /** Texts of the batch that came last. */
  get commands(): readonly string[] {
    return [
      ...Buffer.from(this.#last?.commands ?? [])
        .toString()
        .matchAll(/"text":"(\w+)"/g),
    ].map(([, text]) => text ?? "");
  }

  answer(outcome: BatchOutcome): void {
    this.#last?.onOutcome(Buffer.from(JSON.stringify(outcome)));
  }

  batch({ commands }: { readonly commands: Uint8Array }, onOutcome: OnOutcome): void {
    this.#last = { commands, onOutcome };
  }

  query(): void {}
  transaction(): void {}
  flush(): void {}
  close(): void {}
}
