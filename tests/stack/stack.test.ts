import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StackProcess, tutti } from "./stack-process.ts";
import { isAlive, until } from "./until.ts";

const QUICKLY_MS = 10_000;

describe("a running stack", () => {
  let stack: StackProcess;
  beforeAll(async () => {
    stack = await StackProcess.prepare();
    await stack.start("--nodes", "3");
  });
  afterAll(() => stack.remove());

  test("says that it is ready, with its addresses, once, and nothing else", () => {
    expect(stack.stdout).toMatch(/^ready in \d+(\.\d+)? s: 3 nodes/);
    expect(stack.stdout.match(/ready/g)).toHaveLength(1);
    expect(stack.stdout).toContain(stack.gateway);
    expect(stack.stdout).toContain(`127.0.0.1:${stack.base + 1}`);
    expect(stack.stderr).toBe("");
  });

  test("is ready when it says so", async () => {
    expect((await fetch(`${stack.gateway}/readyz`)).status).toBe(200);
  });

  test("leaves its pid and its ports for others to find", () => {
    const { base } = stack;
    expect(JSON.parse(readFileSync(join(stack.data, "stack.json"), "utf8"))).toMatchObject({
      pid: stack.pid,
      host: "127.0.0.1",
      ports: {
        gateway: base,
        ingress: [base + 1, base + 2],
        nodes: [0, 1, 2].map((id) => ({ id, port: base + 10 + id })),
      },
    });
  });

  test("keeps what it stores to its owner", () => {
    expect(statSync(stack.data).mode & 0o777).toBe(0o700);
    expect(statSync(join(stack.data, "control.sock")).mode & 0o777).toBe(0o600);
  });

  test("tells its state as JSON, the same on the command line and from the gateway", async () => {
    const { code, stdout } = await stack.tutti("status", "--json");
    expect(code).toBe(0);
    const { nodes, groups } = JSON.parse(stdout);
    expect(nodes).toHaveLength(3);
    for (const id of [0, 1, 2]) {
      const address = `127.0.0.1:${stack.base + 10 + id}`;
      expect(nodes[id]).toMatchObject({ id, pid: expect.any(Number), address, alive: true });
      expect(isAlive(nodes[id].pid)).toBe(true);
    }
    expect(groups.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(["queue", "journal"]));
    for (const { leader, term, members } of groups) {
      expect(members.map(({ id }: { id: number }) => id)).toEqual([0, 1, 2]);
      expect(members[leader]).toMatchObject({ role: "leader", term });
      for (const member of members) {
        expect(member).toMatchObject({ commit_index: expect.any(Number), applied_index: expect.any(Number) });
      }
    }
    expect((await stack.cluster()).nodes.map(({ pid }) => pid)).toEqual(nodes.map(({ pid }: { pid: number }) => pid));
  });

  test("shows its state as a table", async () => {
    const { stdout } = await stack.tutti("status");
    expect(stdout).toMatch(/^NODE +PID +ADDRESS +STATE +QUEUE +JOURNAL/);
    expect(stdout).toMatch(/^1 +\d+ +127\.0\.0\.1:\d+ +up +(leader|follower) \d+ \d+/m);
    expect(stdout).toMatch(/^queue: node [0-2] leads, term \d+$/m);
  });

  test("has its data folder to itself", async () => {
    const second = await tutti("up", "--base-port", String(stack.base), "--data", stack.data);
    expect(second).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^tutti: a stack is running [^\n]+\n$/),
    });
    const reset = await stack.tutti("reset", "--yes");
    expect(reset).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^tutti: a stack is running [^\n]+\n$/),
    });
    expect((await stack.cluster()).nodes.every(({ alive }) => alive)).toBe(true);
  });

  test("queues, lists, votes for, plays and removes tracks from the command line", async () => {
    const queue = (...args: string[]) => stack.tutti("queue", ...args);
    const track = ["--title", "So What", "--artist", "Miles Davis", "--duration", "545"];
    expect(await queue("add", "--id", "105", ...track)).toMatchObject({ code: 0 });
    const added = await queue("add", "--id", "106", ...track, "--json");
    expect(JSON.parse(added.stdout)).toMatchObject({
      message: "Queued by Leader",
      queue: [{ id: "105" }, { id: "106" }],
    });
    expect(await queue("vote", "--id", "106", "--up", "true")).toMatchObject({ code: 0 });
    const listed = await queue("queue");
    expect(listed.stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["ID", "TITLE", "ARTIST", "SECONDS", "VOTES"],
      ["106", "So What", "Miles Davis", "545", "1"],
      ["105", "So What", "Miles Davis", "545", "0"],
      [""],
    ]);
    expect(JSON.parse((await queue("metadata", "--id", "106", "--json")).stdout)).toMatchObject({
      id: "106",
      votes: 1,
    });
    expect(JSON.parse((await queue("play", "--json")).stdout)).toMatchObject({ now_playing: { id: "106" } });
    expect(JSON.parse((await queue("history", "--json")).stdout)).toMatchObject([{ id: "106" }]);
    expect(await queue("remove", "--id", "105")).toMatchObject({ code: 0 });
    const refused = expect.stringMatching(/^tutti: [^\n]+\n$/);
    expect(await queue("play")).toEqual({ code: 1, stdout: "", stderr: refused });
    expect(await queue("metadata", "--id", "7")).toEqual({ code: 1, stdout: "", stderr: refused });
    expect(await queue("vote", "--id", "7")).toEqual({ code: 1, stdout: "", stderr: refused });
  });

  test("gives the journal back from every node, and no text steers the terminal", async () => {
    const text = "two\nlines, \u001b[31mred";
    expect(await stack.tutti("journal", "add", text, "--node", "1")).toMatchObject({ code: 0 });
    expect(await stack.tutti("journal", "add", "by the ingress")).toMatchObject({ code: 0 });
    const read = async (...args: string[]) => JSON.parse((await stack.tutti("journal", "--json", ...args)).stdout);
    const texts = (await read()).map((record: { text: string }) => record.text);
    expect(texts).toEqual([text, "by the ingress"]);
    for (const id of ["0", "1", "2"]) {
      await until(`node ${id} has applied both`, QUICKLY_MS, async () => (await read("--node", id)).length === 2);
    }
    expect(await read("--limit", "1")).toMatchObject([{ text: "by the ingress" }]);
    const { stdout } = await stack.tutti("journal");
    expect(stdout).toContain("two\\nlines, \\u001b[31mred");
    expect(await stack.tutti("journal", "--node", "8")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no node 8"),
    });
  });

  test("cuts and mends links", async () => {
    const cuts = async () => (await stack.cluster()).nodes.map(({ cut }) => cut);
    expect(await stack.tutti("partition", "0", "1,2")).toMatchObject({ code: 0 });
    await until("the links are cut", QUICKLY_MS, async () => JSON.stringify(await cuts()) === "[[1,2],[0],[0]]");
    await until("the others go on without it", QUICKLY_MS, async () => {
      const { groups } = await stack.cluster();
      return groups.every(({ leader }) => leader === 1 || leader === 2);
    });
    expect(await stack.tutti("heal")).toMatchObject({ code: 0 });
    await until("the links are mended", QUICKLY_MS, async () => JSON.stringify(await cuts()) === "[[],[],[]]");
    expect(await stack.tutti("partition", "0", "0,1")).toMatchObject({ code: 2 });
    expect(await stack.tutti("partition", "0", "5")).toMatchObject({ code: 2 });
  });

  test("starts a node again that died by itself, and says so", async () => {
    const before = (await stack.cluster()).nodes[1]?.pid ?? 0;
    process.kill(before, "SIGKILL");
    await until("node 1 is back as another process", QUICKLY_MS, async () => {
      const node = (await stack.cluster()).nodes[1];
      return node?.alive && node.pid !== before;
    });
    expect(stack.stderr).toContain("node 1 died (SIGKILL), starting it again in 100 ms\n");
    await until("the log has it too", QUICKLY_MS, () =>
      readFileSync(join(stack.data, "logs", "gateway.log"), "utf8").includes("node 1 died (SIGKILL)"),
    );
  });

  test.each(["kill", "stop"])("leaves a node down after node %s, until it is restarted", async (action) => {
    const said = stack.stderr;
    const before = (await stack.cluster()).nodes[2]?.pid ?? 0;
    expect(await stack.tutti("node", action, "2")).toMatchObject({ code: 0, stderr: "" });
    expect(isAlive(before)).toBe(false);
    // Another one that dies by itself is back before this one could have been forgotten: its wait has begun later.
    const other = (await stack.cluster()).nodes[0]?.pid ?? 0;
    process.kill(other, "SIGKILL");
    await until("node 0 is back", QUICKLY_MS, async () => {
      const node = (await stack.cluster()).nodes[0];
      return node?.alive && node.pid !== other;
    });
    expect((await stack.cluster()).nodes[2]).toMatchObject({ pid: null, alive: false });
    expect(stack.stderr.slice(said.length)).not.toContain("node 2");
    expect(await stack.tutti("node", "pause", "2")).toMatchObject({
      code: 1,
      stderr: "tutti: node 2 is not running\n",
    });

    expect(await stack.tutti("node", "restart", "2")).toMatchObject({ code: 0 });
    expect((await stack.cluster()).nodes[2]).toMatchObject({ alive: true });
  });

  test("pauses and resumes a node", async () => {
    expect(await stack.tutti("node", "pause", "0")).toMatchObject({ code: 0 });
    const paused = await until("node 0 is silent", QUICKLY_MS, async () => {
      const node = (await stack.cluster()).nodes[0];
      return node?.alive === false && node;
    });
    expect(isAlive(paused.pid ?? 0)).toBe(true);
    expect(await stack.tutti("node", "resume", "0")).toMatchObject({ code: 0 });
    await until("node 0 answers", QUICKLY_MS, async () => (await stack.cluster()).nodes[0]?.alive);
    expect((await stack.cluster()).nodes[0]?.pid).toBe(paused.pid);
  });

  test("knows its nodes", async () => {
    const { code, stderr } = await stack.tutti("node", "kill", "3");
    expect(code).toBe(1);
    expect(stderr).toBe("tutti: there is no node 3, only 0, 1, 2\n");
  });

  test("ends on SIGTERM in under 3 s with exit code 0, also with a node that is paused", async () => {
    const pids = (await stack.cluster()).nodes.map(({ pid }) => pid ?? 0);
    await stack.tutti("node", "pause", "1");
    const { code, took } = await stack.signal("SIGTERM");
    expect(code).toBe(0);
    expect(took).toBeLessThan(3_000);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(join(stack.data, "stack.json"))).toBe(false);
    expect(existsSync(join(stack.data, "control.sock"))).toBe(false);
  });

  test("refuses to come back with another number of nodes", async () => {
    const { code, stderr } = await stack.tutti("up", "--base-port", String(stack.base), "--nodes", "5");
    expect(stderr).toMatch(/^tutti: [^\n]* holds a cluster of 3 nodes, not 5: [^\n]+\n$/);
    expect(code).toBe(2);
  });

  test("comes back as it was, without being told how many nodes it has", async () => {
    await stack.start();
    const { stdout } = await stack.tutti("journal", "--json");
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect((await stack.cluster()).nodes).toHaveLength(3);
    expect(await stack.signal("SIGINT")).toMatchObject({ code: 0 });
  });

  test("leaves nothing behind after a reset but what others put there", async () => {
    const { code, stdout } = await stack.tutti("reset", "--yes", "--json");
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, removed: true });
    expect(existsSync(stack.data)).toBe(false);
    expect(JSON.parse((await stack.tutti("reset", "--json")).stdout)).toMatchObject({ removed: false });
  });
});
