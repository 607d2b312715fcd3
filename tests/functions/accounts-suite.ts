/** Accounts by REST and gRPC: who may log in, how often one may guess, and what is never written down. */
import { createHash } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { type Front, http, rpc } from "./front.ts";

const PASSWORD = "correct horse 🐴 battery";
let students = 0;

/** One that no other test uses. */
const newStudent = () => `student-${++students}`;

export function accountsSuite(front: () => Front): void {
  const post = (path: string, json: object, headers?: Record<string, string>) =>
    http(front(), `/auth/${path}`, { json, ...(headers && { headers }) });
  const register = (student_id: string, more: object = {}, headers?: Record<string, string>) =>
    post("register", { student_id, password: PASSWORD, name: "Ada", ...more }, headers);
  const login = (student_id: string, password = PASSWORD) => post("login", { student_id, password });
  const verify = async (token: unknown) => (await post("verify", { token: String(token) })).body;
  const tokenOf = ({ body }: { readonly body: unknown }) => String(Object(body).token);

  afterEach(() => {
    front().core.failure = undefined;
  });

  describe("an account", () => {
    test("is opened once, and its token says whose it is", async () => {
      const student_id = newStudent();
      const opened = await register(student_id);
      expect(opened).toMatchObject({
        status: 200,
        body: { token: expect.any(String), user_id: expect.any(Number), student_id, name: "Ada" },
      });
      const { user_id } = Object(opened.body);
      expect(await verify(tokenOf(opened))).toEqual({ valid: true, user_id, student_id });
      expect(await register(student_id, { password: "another" })).toMatchObject({
        status: 409,
        body: { error: expect.any(String), detail: expect.any(String) },
      });
      expect(await login(student_id)).toMatchObject({ status: 200, body: { user_id, student_id, name: "Ada" } });
    });

    test("has a name that is the same however it is composed, with blanks or without, but not in another case", async () => {
      const name = `Zoë ${newStudent()}`;
      expect(await register(`  ${name.normalize("NFD")} `)).toMatchObject({ status: 200, body: { student_id: name } });
      expect(await register(name)).toMatchObject({ status: 409 });
      expect(await register(name.toUpperCase())).toMatchObject({ status: 200 });
      expect(await login(name.normalize("NFD"))).toMatchObject({ status: 200 });
    });

    test.each([
      ["no name", { student_id: "   " }],
      ["a name that is too long", { student_id: "x".repeat(65) }],
      ["a name with a line break", { student_id: "two\nlines" }],
      ["half a character", { student_id: "\ud800" }],
      ["no password", { password: "" }],
      ["a password that is too long", { password: "x".repeat(1025) }],
      ["nobody's name", { name: "" }],
      ["a name that is no text", { student_id: 7 }],
    ])("is not opened with %s", async (_, more) => {
      expect(await register(newStudent(), more)).toMatchObject({ status: 422 });
    });

    test("may have the longest name, of any characters, and the longest password", async () => {
      const student_id = `${newStudent()} `.padEnd(64, "é");
      const long = { password: "x".repeat(1024), name: "🌊".repeat(200) };
      expect(await register(student_id, long)).toMatchObject({ status: 200 });
      expect(await register("🦉".repeat(64))).toMatchObject({ status: 200 });
    });

    test("is opened once under an idempotency key, with the same token; and with another password not under that key", async () => {
      const student_id = newStudent();
      const key = { "idempotency-key": `open ${student_id}` };
      const first = await register(student_id, {}, key);
      expect(first.status).toBe(200);
      const again = await register(student_id, {}, key);
      expect(again).toMatchObject({ status: 200, body: first.body });
      expect(await register(student_id, { password: "guess" }, key)).toMatchObject({ status: 422 });
    });
  });

  describe("a login", () => {
    test("with a wrong name and one with a wrong password are told apart by nobody", async () => {
      const student_id = newStudent();
      await register(student_id);
      const wrongPassword = await login(student_id, "wrong");
      const wrongName = await login(newStudent());
      expect(wrongPassword.status).toBe(401);
      expect(wrongName).toMatchObject({ status: 401, body: wrongPassword.body });
      expect([...wrongName.headers.keys()]).toEqual([...wrongPassword.headers.keys()]);
      expect(wrongPassword.headers.get("www-authenticate")).toBe("Bearer");
    });

    test("waits after five failures, also with the right password; others do not", async () => {
      const student_id = newStudent();
      const other = newStudent();
      await register(student_id);
      await register(other);
      for (let i = 0; i < 5; i++) expect(await login(student_id, "wrong")).toMatchObject({ status: 401 });
      const refused = await login(student_id);
      expect(refused).toMatchObject({ status: 429, body: { error: expect.any(String), detail: expect.any(String) } });
      expect(refused.headers.get("retry-after")).toMatch(/^([1-9]|1\d|20)$/);
      expect(await login(other)).toMatchObject({ status: 200 });
    });

    test("that succeeds starts the count anew", async () => {
      const student_id = newStudent();
      await register(student_id);
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 4; i++) expect(await login(student_id, "wrong")).toMatchObject({ status: 401 });
        expect(await login(student_id)).toMatchObject({ status: 200 });
      }
    });

    test("is one of five guesses, also when ten are made at once, and when nobody has the name", async () => {
      const student = newStudent();
      await register(student);
      for (const student_id of [student, newStudent()]) {
        const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => login(student_id, `guess ${i}`)));
        expect(answers.map((answer) => answer.status).toSorted()).toEqual([
          ...new Array(5).fill(401),
          ...new Array(5).fill(429),
        ]);
      }
    });
  });

  describe("by gRPC", () => {
    const auth = () => front().auth;

    test("Register, Login and Verify do as their REST rows", async () => {
      const studentId = newStudent();
      const opened = await rpc(auth(), auth().register, { studentId, password: PASSWORD, name: "Ada" });
      expect(opened).toMatchObject({ ok: true, message: { studentId, name: "Ada", token: expect.any(String) } });
      const { userId } = Object(Object(opened).message);
      const entered = await rpc(auth(), auth().login, { studentId, password: PASSWORD });
      expect(entered).toMatchObject({ ok: true, message: { userId, studentId, name: "Ada" } });
      const { token } = Object(Object(entered).message);
      expect(await rpc(auth(), auth().verify, { token })).toEqual({
        ok: true,
        message: { valid: true, userId, studentId },
      });
    });

    test("refusals have their codes, and a bad token empty fields", async () => {
      const studentId = newStudent();
      const account = { studentId, password: PASSWORD, name: "Ada" };
      await rpc(auth(), auth().register, account);
      const guess = { studentId, password: "wrong" };
      expect(await rpc(auth(), auth().register, account)).toMatchObject({ code: status.ALREADY_EXISTS });
      expect(await rpc(auth(), auth().register, { ...account, name: "" })).toMatchObject({
        code: status.INVALID_ARGUMENT,
      });
      for (let i = 0; i < 5; i++) {
        expect(await rpc(auth(), auth().login, guess)).toMatchObject({ code: status.UNAUTHENTICATED });
      }
      expect(await rpc(auth(), auth().login, guess)).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
      expect(await rpc(auth(), auth().verify, { token: "" })).toEqual({
        ok: true,
        message: { valid: false, userId: 0, studentId: "" },
      });
    });
  });

  test.each(["", "x", "a.b.c", "x".repeat(10_000)])(
    "the token %.20s is not valid, and that is an answer",
    async (bad) => {
      expect(await post("verify", { token: bad })).toMatchObject({
        status: 200,
        body: { valid: false, user_id: null, student_id: null },
      });
    },
  );

  test("neither the log of requests nor the core sees a password or a token, whatever becomes of the request", async () => {
    const student_id = newStudent();
    const lines = front().log.length;
    const calls = front().core.calls.length;
    const key = { "idempotency-key": `secret ${student_id}` };
    const token = tokenOf(await register(student_id, {}, key));
    await post("login", { student_id, password: PASSWORD }, { "idempotency-key": `login ${student_id}` });
    await verify(token);
    await http(front(), `/auth/verify?token=${token}`, { text: `{"token": "${token}" oops` });
    await rpc(front().auth, front().auth.login, { studentId: student_id, password: PASSWORD });
    front().core.failure = { kind: "Defect", message: "the machine failed" };
    expect(await login(student_id)).toMatchObject({ status: 500 });
    await rpc(front().auth, front().auth.login, { studentId: student_id, password: PASSWORD });
    const written = JSON.stringify([front().log.slice(lines), front().core.calls.slice(calls)]);
    expect(written).toContain(student_id);
    expect(written).not.toContain(PASSWORD);
    expect(written).not.toContain(token);
    // What anybody could compute who guesses the password.
    const input = { body: { student_id, password: PASSWORD, name: "Ada" } };
    const fingerprint = createHash("sha256")
      .update(`register\n${JSON.stringify(input)}`)
      .digest("hex");
    expect(written).not.toContain(fingerprint);
  });
}
