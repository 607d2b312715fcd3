/** Passwords, tokens and the key they hang on, in the host. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CoreError } from "../../consensus-nodes/client/core-failure.ts";
import { CORE_TIMEOUT_MS } from "../../functions/invoke.ts";
import { openKeyFile } from "../../local-stack/credentials/key-file.ts";
import { MAX_WAITING, Passwords } from "../../local-stack/credentials/passwords.ts";
import { Tokens } from "../../local-stack/credentials/tokens.ts";
import { cheapPasswords, http, startFront } from "./front.ts";

describe("a token", () => {
  const key = randomBytes(32);
  const tokens = new Tokens(key);
  const HOUR_MS = 3600 * 1000;
  const forged = (change: (token: SignJWT) => SignJWT, header: { alg: string } = { alg: "HS256" }) =>
    change(
      new SignJWT()
        .setProtectedHeader(header)
        .setIssuer("tutti")
        .setAudience("tutti")
        .setSubject("7")
        .setIssuedAt()
        .setExpirationTime("1h"),
    ).sign(key);

  test("is its user's for a day", async () => {
    expect(await tokens.verify(await tokens.issue(7, Date.now()))).toMatchObject({ user: 7 });
    expect(await tokens.verify(await tokens.issue(7, Date.now() - 23.9 * HOUR_MS))).toMatchObject({ user: 7 });
    expect(await tokens.verify(await tokens.issue(7, Date.now() - 24 * HOUR_MS - 1000))).toBeUndefined();
    expect(await tokens.verify(await forged((token) => token))).toMatchObject({ user: 7 });
  });

  test("is good for nothing when it was signed with another key, or not at all", async () => {
    expect(await new Tokens(randomBytes(32)).verify(await tokens.issue(7, Date.now()))).toBeUndefined();
    const claims = { sub: "7", iss: "tutti", aud: "tutti" };
    const unsigned = new UnsecuredJWT(claims).setIssuedAt().setExpirationTime("1h").encode();
    expect(await tokens.verify(unsigned)).toBeUndefined();
    const [head, payload] = (await tokens.issue(7, Date.now())).split(".");
    expect(await tokens.verify(`${head}.${payload}.`)).toBeUndefined();
    expect(await tokens.verify(await forged((token) => token, { alg: "HS512" }))).toBeUndefined();
  });

  test("is good for nothing when it is of somebody else, for somebody else, for ever, or of nobody", async () => {
    for (const token of [
      forged((token) => token.setIssuer("another")),
      forged((token) => token.setAudience("another")),
      forged((token) => token.setSubject("")),
      forged((token) => token.setSubject("0")),
      forged((token) => token.setSubject("7; 8")),
      new SignJWT({ sub: "7", iss: "tutti", aud: "tutti" })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuedAt()
        .sign(key),
    ]) {
      expect(await tokens.verify(await token)).toBeUndefined();
    }
  });
});

describe("a password", () => {
  test("is stored as scrypt, with what it takes to compare it, and never twice alike", async () => {
    const passwords = new Passwords();
    const [one, two] = await Promise.all([passwords.hash("secret"), passwords.hash("secret")]);
    expect(one).toMatchObject({ algorithm: "scrypt", N: 32768, r: 8, p: 1 });
    expect(Buffer.from(one.salt, "base64")).toHaveLength(16);
    expect(Buffer.from(one.key, "base64")).toHaveLength(32);
    expect(two.salt).not.toBe(one.salt);
    expect(two.key).not.toBe(one.key);
    expect(await passwords.matches("secret", one)).toBe(true);
    expect(await passwords.matches("Secret", one)).toBe(false);
    expect(await passwords.matches("secret", null)).toBe(false);
  });

  test("waits for its turn: two at once, and not more in line than are soon done", async () => {
    let running = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const passwords = new Passwords(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => release.push(resolve));
      running -= 1;
      return randomBytes(32);
    });
    const work = Array.from({ length: MAX_WAITING + 2 }, () => passwords.hash("x"));
    const refusal = await passwords.hash("x").catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CoreError);
    expect(refusal).toMatchObject({ failure: { kind: "Overloaded" } });
    for (let done = 0; done < work.length; done++) {
      await expect.poll(() => release.length).toBeGreaterThan(0);
      release.shift()?.();
    }
    await Promise.all(work);
    expect(most).toBe(2);
    // The places are free again.
    const next = passwords.hash("x");
    await expect.poll(() => release.length).toBe(1);
    release.shift()?.();
    await next;
  });

  test("do not use up the time that the core has for their request", async () => {
    const TAKES_MS = 500;
    const passwords = new Passwords(async () => {
      await sleep(TAKES_MS);
      return randomBytes(32);
    });
    const front = await startFront("node", { passwords });
    const json = { student_id: "ada", password: "secret", name: "Ada" };
    expect(await http(front, "/auth/register", { json })).toMatchObject({ status: 200 });
    const timeOf = (name: string) => front.core.calls.find((call) => call.name === name)?.timeout;
    expect(timeOf("register")).toBeGreaterThan(CORE_TIMEOUT_MS - TAKES_MS);
    expect(timeOf("register")).toBeLessThanOrEqual(CORE_TIMEOUT_MS);
    // But a caller's own deadline stands.
    const { runtime } = front;
    const message = { studentId: "grace", password: "secret", name: "Grace" };
    const peer = { caller: { kind: "anyone" }, address: "127.0.0.1" } as const;
    front.core.calls.length = 0;
    await runtime.rpc("register", { path: "/library.AuthService/Register", message, peer, timeout: 1000 });
    expect(timeOf("register")).toBeLessThanOrEqual(1000 - TAKES_MS + 10);
    await front.close();
  });

  test("costs a login the same work whether the name exists or not", async () => {
    const costs: object[] = [];
    const front = await startFront("node", { passwords: cheapPasswords((cost) => costs.push(cost)) });
    const post = (path: string, json: object) => http(front, path, { json });
    await post("/auth/register", { student_id: "ada", password: "secret", name: "Ada" });
    const [registered] = costs.splice(0);
    for (const login of [
      { student_id: "ada", password: "wrong" },
      { student_id: "nobody", password: "secret" },
    ]) {
      expect(await post("/auth/login", login)).toMatchObject({ status: 401 });
      expect(costs.splice(0)).toEqual([registered]);
    }
    await front.close();
  });
});

describe("the key", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tutti-key-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("is made once, for its owner's eyes only, and is the same after a restart", async () => {
    const path = join(folder, "key.json");
    const key = await openKeyFile(path);
    expect(key).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await openKeyFile(path)).toEqual(key);
    expect(await openKeyFile(join(folder, "another.json"))).not.toEqual(key);
  });

  test.each(["", "{", '{"key": ""}', '{"key": "c2hvcnQ="}'])(
    "that is damaged (%s) is not replaced in silence",
    async (text) => {
      const path = join(folder, "damaged.json");
      await writeFile(path, text);
      await expect(openKeyFile(path)).rejects.toThrow(/damaged\.json is damaged/);
      expect(await readFile(path, "utf8")).toBe(text);
    },
  );
});
