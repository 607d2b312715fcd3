import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { assertWellFormed } from "./history.ts";
import { HistoryRecorder, type Outcome } from "./history-recorder.ts";
import { type RegisterInput, type RegisterOutput, register } from "./models/register.ts";

const READ: RegisterInput = { name: "read" };
const WRITE: RegisterInput = { name: "write", value: 1 };
const WRITTEN: Outcome<RegisterOutput> = { outcome: "ok", output: { name: "written" } };
const UNKNOWN = { outcome: "unknown" } as const;

const recording = (now?: () => number) => new HistoryRecorder<RegisterInput, RegisterOutput>(register.readOnly, now);

test("a 2xx is recorded with its interval", async () => {
  const recorder = recording();
  expect(await recorder.client().record("x", WRITE, async () => WRITTEN)).toBe(WRITTEN);
  const [operation] = recorder.history();
  expect(operation).toMatchObject({ key: "x", input: WRITE, output: { name: "written" } });
  expect(operation?.return).toBeGreaterThan(operation?.call ?? Infinity);
});

test("what was certainly not done leaves no trace, and its client goes on under its name", async () => {
  const recorder = recording();
  const client = recorder.client();
  await client.record("x", WRITE, async () => WRITTEN);
  await client.record("x", WRITE, async () => ({ outcome: "fail" }));
  await client.record("x", WRITE, async () => WRITTEN);
  expect(recorder.history()).toHaveLength(2);
  expect(new Set(recorder.history().map(({ client }) => client)).size).toBe(1);
});

test("a write of unknown outcome stays open, and its client gets a new name", async () => {
  const recorder = recording();
  const client = recorder.client();
  await client.record("x", WRITE, async () => UNKNOWN);
  await client.record("x", WRITE, async () => WRITTEN);
  const [open, closed] = recorder.history();
  expect([open?.return, open?.output]).toEqual([undefined, undefined]);
  expect(closed?.client).not.toBe(open?.client);
  assertWellFormed(recorder.history());
});

test("a read of unknown outcome is dropped", async () => {
  const recorder = recording();
  await recorder.client().record("x", READ, async () => UNKNOWN);
  expect(recorder.history()).toEqual([]);
});

test("an error in the middle is thrown on, and its outcome is unknown", async () => {
  const recorder = recording();
  const reset = recorder.client().record("x", WRITE, () => Promise.reject(new Error("reset")));
  await expect(reset).rejects.toThrow("reset");
  expect(recorder.history()).toMatchObject([{ return: undefined }]);
});

test("what still runs when the history is taken has an unknown outcome", () => {
  const recorder = recording();
  const write = recorder.client().begin("x", WRITE);
  recorder.client().begin("x", READ);
  expect(recorder.history()).toMatchObject([{ input: WRITE, return: undefined }]);
  write.end(WRITTEN);
  expect(recorder.history()).toMatchObject([{ input: WRITE, output: { name: "written" } }]);
});

test("events of all clients stand in the order in which they happened, on a clock that stands still as well", async () => {
  const recorder = recording(() => 7);
  const clients = [recorder.client(), recorder.client(), recorder.client()];
  await Promise.all(
    clients.map((client) =>
      client.record("x", WRITE, async () => {
        await setImmediate();
        return WRITTEN;
      }),
    ),
  );
  const instants = recorder.history().flatMap((operation) => [operation.call, operation.return]);
  expect(instants.toSorted()).toEqual([10, 11, 12, 7, 8, 9]);
  assertWellFormed(recorder.history());
});

test("a client does one thing at a time, and each ends once", () => {
  const client = recording().client();
  const running = client.begin("x", WRITE);
  expect(() => client.begin("x", WRITE)).toThrow("while another one runs");
  running.end(UNKNOWN);
  expect(() => running.end(WRITTEN)).toThrow("ends twice");
});
