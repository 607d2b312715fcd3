/** A deletion whose coordinator was lost: what was decided is asked for, and told as it is. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CoreReply } from "../../consensus-nodes/client/core-channel.ts";
import { type Front, http, startFront } from "./front.ts";

let front: Front;
beforeAll(async () => {
  front = await startFront("node");
});
afterAll(() => front.close());

const value = (value: unknown): CoreReply => ({ ok: true, value, leader: null });
const LOST = value({ kind: "unknown", id: "t", reason: "the node that coordinated it was lost" });
const NO_ANSWER: CoreReply = { ok: false, failure: { kind: "Timeout", message: "" } };
const record = (decision?: object) => value({ id: "t", begun: 1, votes: {}, ...decision });

/** Deletes an account while the core answers so: to the transaction, then to each question about it, the last one again and again. */
async function deleteWhile(transaction: CoreReply, ...outcomes: CoreReply[]) {
  const { core } = front;
  const student_id = `student ${Math.random()}`;
  const account = { student_id, password: "secret", name: "Ada" };
  const registered = await http(front, "/auth/register", { json: account });
  const headers = { authorization: `Bearer ${Object(registered.body).token}` };
  const call = core.call.bind(core);
  core.call = async (asked) => {
    if (asked.group !== "transactions") return call(asked);
    if (asked.name === "$transact") return transaction;
    return (outcomes.length > 1 ? outcomes.shift() : outcomes[0]) ?? NO_ANSWER;
  };
  try {
    return await http(front, "/auth/me", { method: "DELETE", headers, json: { password: account.password } });
  } finally {
    core.call = call;
  }
}

test("it is done when the log says so in the end", async () => {
  const committed = record({ decision: { commit: true, reason: "" } });
  expect(await deleteWhile(LOST, NO_ANSWER, record(), committed)).toMatchObject({ status: 200 });
});

test("it is a conflict when the log says that nothing was done", async () => {
  const aborted = record({ decision: { commit: false, reason: "locked" } });
  expect(await deleteWhile(LOST, aborted)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining("locked") },
  });
});

test.each([
  ["is open", record()],
  ["cannot be asked for", NO_ANSWER],
])("it is unknown while its decision %s, and no lie is told", async (_, outcome) => {
  expect(await deleteWhile(LOST, outcome)).toMatchObject({
    status: 504,
    body: { detail: expect.stringContaining("unknown") },
  });
});
