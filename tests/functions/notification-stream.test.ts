/** A stream of notifications asks the core when somebody reads, and not before. */
import { expect, test } from "vitest";
import { bindCore } from "../../consensus-nodes/client/core.ts";
import { notificationStream } from "../../functions/library/notification-events.ts";
import { PATIENCE } from "./front.ts";
import { InMemoryCore } from "./in-memory-core.ts";

test("a client that does not read costs the core nothing, and misses nothing", async () => {
  const core = new InMemoryCore();
  const call = (name: string, input: unknown) => core.call({ group: "library", name, input });
  const seat = { id: 1, branch: "B", area: "", has_power: false, has_monitor: false, maintenance: false };
  await call("setSeats", { seats: [seat] });
  await call("joinWaitlist", { user: 1, seat: 1, branch: "", desired: Date.now() + 3_600_000 });
  const asked = () => core.calls.filter(({ name }) => name === "notificationsOf").length;
  const reader = notificationStream({
    patient: (timeout) => bindCore(core, { timeout }),
    user: 1,
    lastEventId: 0,
    until: Number.POSITIVE_INFINITY,
  }).getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await read()).toMatch(/^retry: 1000\n: .+\n\n$/);
  for (const message of ["one", "two", "three"]) await call("notify", { seat: 1, message });
  expect(asked()).toBe(0);
  const events = await read();
  expect(events.match(/"message":"\w+"/g)).toEqual(["one", "two", "three"].map((text) => `"message":"${text}"`));
  expect(asked()).toBe(1);
  // Who reads waits in the core for what comes, and is asked for again when it has come.
  const next = read();
  await expect.poll(asked, PATIENCE).toBe(2);
  await call("notify", { seat: 1, message: "four" });
  expect(await next).toContain('"message":"four"');
  expect(asked()).toBe(2);
  await reader.cancel();
});
