/** What is saved is served, and no request notices the change. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ERROR, type Front, http, PATIENCE, startFront } from "./front.ts";
import { type FunctionFolder, makeFunctionFolder, source } from "./function-folder.ts";

const GREETING = "greetings/greeting.ts";
const hello = source(
  "hello",
  "await core.journal.read({ limit: 1 }); return reply(200, { says: WORD });",
  'import { WORD } from "./greeting.ts";',
);
const says = (word: string) => ({ status: 200, body: { says: word } });

describe.each(["node", "workerd"] as const)("a reload in the runtime %s", (kind) => {
  let folder: FunctionFolder;
  let front: Front;

  beforeAll(async () => {
    folder = await makeFunctionFolder();
    await folder.write(GREETING, 'export const WORD = "one";');
    await folder.write("greetings/hello.ts", hello);
    front = await startFront(kind, { folder: folder.path, reloadable: true });
  });
  beforeEach(async () => {
    await folder.write(GREETING, 'export const WORD = "one";');
    await front.runtime.reload();
    front.core.delay = 0;
  });
  afterAll(async () => {
    await front.close();
    await folder.close();
  });

  test("takes over a change, also of a file that the function imports, and drops no request", async () => {
    const heard = new Map<unknown, number>();
    let going = true;
    const client = async () => {
      while (going) {
        const { status, body } = await http(front, "/hello");
        const word = status === 200 ? Object(body).says : status;
        heard.set(word, (heard.get(word) ?? 0) + 1);
      }
    };
    const clients = Promise.all(Array.from({ length: 4 }, client));
    for (const word of ["two", "three", "four"]) {
      await folder.write(GREETING, `export const WORD = "${word}";`);
      expect(await front.runtime.reload()).toEqual({ changed: ["hello"], failed: [] });
      expect(await http(front, "/hello")).toMatchObject(says(word));
    }
    going = false;
    await clients;
    expect([...heard.keys()].filter((word) => !["one", "two", "three", "four"].includes(String(word)))).toEqual([]);
    expect(await http(front, "/hello")).toMatchObject(says("four"));
  });

  test("leaves a request that runs in the version it began in", async () => {
    front.core.delay = 300;
    const before = front.core.calls.length;
    const running = http(front, "/hello");
    await expect.poll(() => front.core.calls.length, PATIENCE).toBeGreaterThan(before);
    await folder.write(GREETING, 'export const WORD = "two";');
    await front.runtime.reload();
    expect(await running).toMatchObject(says("one"));
    expect(await http(front, "/hello")).toMatchObject(says("two"));
  });

  test("keeps the version before when a file has a mistake, and names the place", async () => {
    const { log } = front;
    await folder.write(GREETING, 'export const WORD = \n\n"two" oops;');
    const { changed, failed } = await front.runtime.reload();
    expect(changed).toEqual([]);
    const reason = expect.stringMatching(/^[^\n]*line 3[^\n]*$/);
    expect(failed).toContainEqual({ file: expect.stringContaining("hello.ts"), reason });
    expect(await http(front, "/hello")).toMatchObject(says("one"));
    await folder.write(GREETING, 'throw new Error("not today"); export const WORD = "two";');
    expect((await front.runtime.reload()).failed).toContainEqual({
      file: expect.stringContaining("hello.ts"),
      reason: expect.stringContaining("not today"),
    });
    expect(await http(front, "/hello")).toMatchObject(says("one"));
    await folder.write(GREETING, 'export const WORD = "three";');
    expect((await front.runtime.reload()).failed).toEqual([]);
    expect(await http(front, "/hello")).toMatchObject(says("three"));
    expect(log.filter(({ level }) => level >= ERROR)).toEqual([]);
  });

  test("finds a new file, and lets go of a removed one", async () => {
    expect(await http(front, "/bye")).toMatchObject({ status: 404 });
    await folder.write("farewells/bye.ts", source("bye", 'return reply(200, { says: "bye" });'));
    expect(await front.runtime.reload()).toEqual({ changed: ["bye"], failed: [] });
    expect(await http(front, "/bye")).toMatchObject(says("bye"));
    expect((await http(front, "/openapi.json")).body).toHaveProperty(["paths", "/bye", "get", "tags"], ["farewells"]);
    await folder.remove("farewells/bye.ts");
    expect(await front.runtime.reload()).toEqual({ changed: ["bye"], failed: [] });
    expect(await http(front, "/bye")).toMatchObject({ status: 404 });
    expect(await http(front, "/hello")).toMatchObject(says("one"));
  });

  test("without a change changes nothing", async () => {
    const { functions } = front.runtime;
    expect(await front.runtime.reload()).toEqual({ changed: [], failed: [] });
    expect(front.runtime.functions).toBe(functions);
  });
});

test.each([true, false])("a file that cannot be loaded at the start is named, reloadable: %s", async (reloadable) => {
  const folder = await makeFunctionFolder();
  await folder.write("greetings/broken.ts", 'throw new Error("not today");');
  await expect(startFront("node", { folder: folder.path, reloadable })).rejects.toThrow(/broken\.ts: .*not today/);
  await folder.close();
});

test("of two functions with one name or one path the second is refused, and the first goes on", async () => {
  const folder = await makeFunctionFolder();
  await folder.write("a/hello.ts", source("hello", 'return reply(200, { says: "a" });'));
  const front = await startFront("node", { folder: folder.path, reloadable: true });
  await folder.write("b/hello.ts", source("hello", 'return reply(200, { says: "b" });'));
  await folder.write("c/other.ts", source("hello", 'return reply(200, { says: "c" });').replace('"hello"', '"other"'));
  const { changed, failed } = await front.runtime.reload();
  expect(changed).toEqual([]);
  expect(failed).toMatchObject([
    { file: expect.stringContaining("b/hello.ts"), reason: expect.stringContaining("the function hello") },
    { file: expect.stringContaining("c/other.ts"), reason: expect.stringContaining("GET /hello") },
  ]);
  expect(await http(front, "/hello")).toMatchObject(says("a"));
  await front.close();
  await folder.close();
});
