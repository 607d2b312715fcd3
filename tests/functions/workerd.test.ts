/** workerd is a process of its own: what becomes of requests, and of it, when something ends or hangs. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../stack/stack-process.ts";
import { type Front, http, PATIENCE, startFront } from "./front.ts";
import { type FunctionFolder, makeFunctionFolder, source } from "./function-folder.ts";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
}

function processes(): Process[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,pgid=,stat=,args="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, parent, group, state, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined || state?.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), command }];
  });
}

/** The keeper that a process started, and the workerd that the keeper started. */
function findWorkerd(parent: number): { keeper: number; workerd: number } {
  const all = processes();
  const keeper = all.find((one) => one.parent === parent && one.command.includes("workerd-host"));
  const workerd = all.find((one) => one.parent === keeper?.pid && /workerd.* serve /.test(one.command));
  if (keeper === undefined || workerd === undefined) throw new Error("no workerd runs");
  return { keeper: keeper.pid, workerd: workerd.pid };
}

const runs = (pid: number) => processes().some((one) => one.pid === pid);

const echo = source("echo", "return reply(200, { text: input.body.text });")
  .replace('method: "GET"', 'method: "POST", body: z.object({ text: z.string() })')
  .replace("z.object({ says: z.string() })", "z.object({ text: z.string() })")
  .replace("{ core }", "{ input }");

describe("the runtime workerd", () => {
  let folder: FunctionFolder;
  let front: Front;
  beforeAll(async () => {
    folder = await makeFunctionFolder();
    await folder.write(
      "test/hello.ts",
      source("hello", 'console.log("a word"); return reply(200, { says: "hello" });'),
    );
    await folder.write("test/spin.ts", source("spin", "for (;;) Math.sqrt(2);"));
    await folder.write("test/echo.ts", echo);
    await folder.write("test/throws.ts", source("throws", 'throw new Error("a mistake in the function");'));
    front = await startFront("workerd", { folder: folder.path });
  });
  afterAll(async () => {
    await front.close();
    await folder.close();
  });
  const hello = () => http(front, "/hello");

  test("starts workerd again when it was killed, and reads notice nothing", async () => {
    const { workerd } = findWorkerd(process.pid);
    process.kill(workerd, "SIGKILL");
    expect(await hello()).toMatchObject({ status: 200 });
    await expect.poll(() => findWorkerd(process.pid).workerd, PATIENCE).not.toBe(workerd);
    expect(await hello()).toMatchObject({ status: 200 });
  });

  test("starts again when the keeper was killed, and leaves no workerd behind", async () => {
    const { keeper, workerd } = findWorkerd(process.pid);
    process.kill(keeper, "SIGKILL");
    await expect.poll(() => runs(workerd), PATIENCE).toBe(false);
    await expect.poll(async () => (await hello()).status, PATIENCE).toBe(200);
    expect(findWorkerd(process.pid).keeper).not.toBe(keeper);
  });

  test("cuts off a function that spins, and serves the others again", async () => {
    const spinning = http(front, "/spin");
    await expect.poll(async () => (await hello()).status, PATIENCE).toBe(200);
    expect(await spinning).toMatchObject({
      status: 503,
      body: { error: expect.any(String), detail: expect.any(String) },
    });
  });

  test("logs what a function prints, with its name, and an exception with the request's id", async () => {
    await hello();
    await expect.poll(() => front.log.map(({ msg }) => msg), PATIENCE).toContain("hello: a word");
    expect(await http(front, "/throws", { headers: { "x-request-id": "the-id" } })).toMatchObject({ status: 500 });
    const message = expect.stringMatching(/^throws: request the-id: Error: a mistake in the function/);
    await expect.poll(() => front.log.map(({ msg }) => msg), PATIENCE).toContainEqual(message);
  });

  test("passes texts of any length and any characters on, and what follows them", async () => {
    // Every character is two code units: wherever the text is cut in two, on one side of the cut a character may be halved.
    for (const text of ["\u{1f3b5}".repeat(250_000), `-${"\u{1f3b5}".repeat(250_000)}`]) {
      const [{ status, body }, short] = await Promise.all([http(front, "/echo", { json: { text } }), hello()]);
      expect(status).toBe(200);
      expect(Object(body).text === text).toBe(true);
      expect(short).toMatchObject({ status: 200 });
    }
  });

  test("takes more requests at once than run at once, and answers each with its own", async () => {
    const texts = Array.from({ length: 700 }, (_, i) => `text ${i}`);
    const answers = await Promise.all(texts.map((text) => http(front, "/echo", { json: { text } })));
    expect(answers.map(({ body }) => Object(body).text)).toEqual(texts);
  });

  test("does not outlive a parent that was killed, nor do its temporary files", async () => {
    const script = fileURLToPath(new URL("workerd-parent.ts", import.meta.url));
    const temporary = temporaryFolder();
    const env = { ...process.env, TMPDIR: temporary.path };
    const parent = spawn(process.execPath, [script, folder.path], { stdio: ["ignore", "pipe", "inherit"], env });
    const failed = once(parent, "exit").then(() => "exited");
    expect(await Promise.race([once(createInterface(parent.stdout), "line"), failed])).toEqual(["ready"]);
    const { keeper, workerd } = findWorkerd(parent.pid ?? 0);
    expect(readdirSync(temporary.path)).not.toEqual([]);
    parent.kill("SIGKILL");
    await expect.poll(() => runs(keeper) || runs(workerd), PATIENCE).toBe(false);
    expect(readdirSync(temporary.path)).toEqual([]);
    temporary.remove();
  });

  test("leaves nothing running when it is closed", async () => {
    const other = await startFront("workerd", { folder: folder.path });
    const before = findWorkerdGroups(process.pid);
    await other.close();
    const after = findWorkerdGroups(process.pid);
    expect(before.length).toBe(2);
    expect(after.length).toBe(1);
  });
});

function findWorkerdGroups(parent: number): number[] {
  const all = processes();
  const keepers = all.filter((one) => one.parent === parent && one.command.includes("workerd-host"));
  return keepers.map(({ group }) => group).filter((group) => all.some((one) => one.group === group));
}
