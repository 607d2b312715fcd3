/** Accounts on a real stack: what is on its disks, and what goes with an account. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { credentials, Metadata } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AdministrationServiceClient } from "../../proto/generated/library.ts";
import { StackProcess } from "./stack-process.ts";

const PASSWORD = "correct-horse-battery";
const HOUR_MS = 3600 * 1000;
let stack: StackProcess;

beforeAll(async () => {
  stack = await StackProcess.prepare();
  await stack.start("--nodes", "3");
});
afterAll(() => stack.remove());

async function send(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${stack.gateway}${path}`, {
    method,
    headers: { ...(body && { "content-type": "application/json" }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: Object(await response.json()) };
}

const register = (student_id: string, headers?: Record<string, string>) =>
  send("POST", "/auth/register", { student_id, password: PASSWORD, name: "Ada" }, headers);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const verify = async (token: string) => (await send("POST", "/auth/verify", { token })).body.valid;

/** As whoever runs the library does. */
async function setSeat(id: number): Promise<void> {
  const client = new AdministrationServiceClient(`127.0.0.1:${stack.base + 1}`, credentials.createInsecure());
  const seat = { id, branch: "Main", area: "A", hasPower: true, hasMonitor: false, maintenance: false };
  await new Promise<void>((resolve, reject) =>
    client.setSeat(seat, new Metadata(), { deadline: Date.now() + 10_000 }, (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  client.close();
}

test("an account takes with it what is kept of its user, and its tokens", async () => {
  await setSeat(1);
  const { body: account } = await register("leaving");
  const start = Date.now() + 24 * HOUR_MS;
  const booking = {
    seat_id: 1,
    start_time: new Date(start).toISOString(),
    end_time: new Date(start + HOUR_MS).toISOString(),
  };
  expect(await send("POST", "/reservations", booking, bearer(account.token))).toMatchObject({ status: 201 });
  const { body: next } = await register("staying");
  expect(await send("POST", "/reservations", booking, bearer(next.token))).toMatchObject({ status: 409 });

  expect(await send("DELETE", "/auth/me", { password: PASSWORD })).toMatchObject({ status: 401 });
  expect(await send("DELETE", "/auth/me", { password: "wrong" }, bearer(account.token))).toMatchObject({ status: 403 });
  expect(await verify(account.token)).toBe(true);
  const deleted = await send("DELETE", "/auth/me", { password: PASSWORD }, bearer(account.token));
  expect(deleted).toMatchObject({ status: 200, body: { message: expect.any(String) } });

  expect(await verify(account.token)).toBe(false);
  expect(await send("GET", "/reservations/mine", undefined, bearer(account.token))).toMatchObject({ status: 401 });
  expect(await send("POST", "/auth/login", { student_id: "leaving", password: PASSWORD })).toMatchObject({
    status: 401,
  });
  expect(await send("POST", "/reservations", booking, bearer(next.token))).toMatchObject({ status: 201 });
  const { body: again } = await register("leaving");
  expect(again.user_id).not.toBe(account.user_id);
});

test("no password and no token is written anywhere, and the key is its owner's and outlives a restart", async () => {
  const { body: account } = await register("written", { "idempotency-key": "once" });
  const login = { student_id: "written", password: PASSWORD };
  const { body: entered } = await send("POST", "/auth/login", login, { "idempotency-key": "twice" });
  const stream = await fetch(`${stack.gateway}/notifications/stream?token=${entered.token}`);
  const reader = stream.body?.getReader();
  expect(stream.status).toBe(200);

  // Clients that listen are let go, not cut off: that would be an error.
  const ending = stack.signal("SIGTERM");
  while (!(await reader?.read())?.done);
  expect((await ending).code).toBe(0);

  const files = readdirSync(stack.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const holdersOf = (text: string) =>
    files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => readFileSync(path).includes(text));
  expect(holdersOf(login.student_id)).not.toEqual([]);
  for (const secret of [PASSWORD, account.token, entered.token]) expect(holdersOf(secret)).toEqual([]);
  expect(statSync(join(stack.data, "key.json")).mode & 0o777).toBe(0o600);

  await stack.start();
  expect(await verify(account.token)).toBe(true);
  const again = await register("written", { "idempotency-key": "once" });
  expect(again).toMatchObject({ status: 200, body: account });
});
