/** Nodes that come, go, lose their disks and hand over, under writes that go on: nothing acknowledged is lost or done twice. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { StackProcess } from "./stack-process.ts";
import { until } from "./until.ts";

const ROOM = "membership";
const WRITERS = 4;
/** Milliseconds of a writer between two writes: some are on their way at any moment, and the nodes have time for the rest. */
const WRITER_PAUSE_MS = 50;

const Verdicts = z.array(z.object({ group: z.string(), equal: z.boolean(), missing: z.array(z.int()) }));
const Replicas = z.object({ nodes: z.record(z.string(), z.string()) });
const Queue = z.array(z.object({ id: z.string() }));

let stack: StackProcess;
let count = 0;

beforeAll(async () => {
  stack = await StackProcess.prepare();
  await stack.start("--nodes", "3", "--no-demo");
});
afterAll(() => stack.remove());

/** Ids of the tracks whose adding was acknowledged while `during` ran. */
async function whileWriting(during: () => Promise<void>): Promise<string[]> {
  const acknowledged: string[] = [];
  let running = true;
  const write = async () => {
    while (running) {
      const id = `track-${count++}`;
      const track = { id, title: id, artist: "artist", duration: 100 };
      const response = await fetch(`${stack.gateway}/rooms/${ROOM}/add_track`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(track),
        signal: AbortSignal.timeout(10_000),
      });
      await response.arrayBuffer();
      if (response.ok) acknowledged.push(id);
      await sleep(WRITER_PAUSE_MS);
    }
  };
  const writers = Array.from({ length: WRITERS }, write);
  try {
    await until("writes are acknowledged", 5000, () => acknowledged.length > 20);
    await during();
    const before = acknowledged.length;
    await until("writes go on afterwards", 5000, () => acknowledged.length > before + 20);
  } finally {
    running = false;
    await Promise.all(writers);
  }
  return acknowledged;
}

const members = async () => (await stack.cluster()).nodes.map(({ id }) => id);
const leaderOf = async (group: string) => {
  const { groups } = await stack.cluster();
  return groups.find(({ name }) => name === group)?.leader ?? expect.fail(`${group} has no leader`);
};

async function command(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await stack.tutti(...args);
  expect([code, stderr]).toEqual([0, ""]);
}

/** All are there, once, and every node has the same state. */
async function expectKept(acknowledged: readonly string[]): Promise<void> {
  const response = await fetch(`${stack.gateway}/rooms/${ROOM}/queue`);
  const ids = Queue.parse(await response.json()).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
  const { code, stdout } = await stack.tutti("verify", "--json");
  expect(code).toBe(0);
  for (const verdict of Verdicts.parse(JSON.parse(stdout))) {
    expect(verdict, verdict.group).toMatchObject({ equal: true, missing: [] });
  }
}

describe("a running stack, written to all the while", () => {
  test("takes a node in, which is a voter of every group when the command ends", async () => {
    const kept = await whileWriting(() => command("node", "add"));
    expect(await members()).toEqual([0, 1, 2, 3]);
    await expectKept(kept);
    const { groups } = await stack.cluster();
    for (const { members } of groups) expect(members.find(({ id }) => id === 3)?.role).toMatch(/follower|leader/);
  });

  test("lets another lead at a word, and says who cannot", async () => {
    const to = ((await leaderOf("queue")) + 1) % 3;
    const kept = await whileWriting(() => command("leader", "move", "queue", String(to)));
    expect(await leaderOf("queue")).toBe(to);
    await expectKept(kept);
    expect(await stack.tutti("leader", "move", "queue", "7")).toMatchObject({ code: 1, stderr: /no node 7/ });
    expect(await stack.tutti("leader", "move", "nothing", "1")).toMatchObject({
      code: 1,
      stderr: /no group "nothing"/,
    });
  });

  test("removes a node that leads", async () => {
    const leader = await leaderOf("queue");
    const kept = await whileWriting(() => command("node", "remove", String(leader)));
    expect(await members()).not.toContain(leader);
    expect(existsSync(join(stack.data, "nodes", String(leader)))).toBe(false);
    await expectKept(kept);
    expect(await stack.tutti("node", "remove", String(leader))).toMatchObject({ code: 1, stderr: /there is no node/ });
  });

  test("leaves a node that lost its folder out, until it is replaced", async () => {
    const [id = -1] = await members();
    await command("node", "kill", String(id));
    rmSync(join(stack.data, "nodes", String(id)), { recursive: true });
    await command("node", "restart", String(id));
    const lost = (await stack.cluster()).nodes.find((node) => node.id === id);
    expect(lost).toMatchObject({ alive: true, member: false });
    const kept = await whileWriting(() => command("node", "replace", String(id)));
    expect((await stack.cluster()).nodes.find((node) => node.id === id)).toMatchObject({ alive: true, member: true });
    await expectKept(kept);
  });

  test("brings a node that is replaced, or new, the pictures that are meant for all; what a lost one alone had is gone", async () => {
    const ids = await members();
    const id = ids.at(-1) ?? -1;
    const file = readFileSync(new URL("../../docs/sunset.jpg", import.meta.url));
    const upload = async (name: string, query: string) => {
      const form = new FormData();
      form.set("file", new File([file], name, { type: "image/jpeg" }));
      expect((await fetch(`${stack.gateway}/upload${query}`, { method: "POST", body: form })).status).toBe(200);
    };
    await upload("everywhere.jpg", "");
    await upload("alone.jpg", `?node=${id}`);
    await command("node", "kill", String(id));
    rmSync(join(stack.data, "nodes", String(id)), { recursive: true });
    await command("node", "replace", String(id));
    const holds = async (name: string) => {
      const response = await fetch(`${stack.gateway}/pictures/${name}/replicas`);
      return response.ok ? Replicas.parse(await response.json()).nodes : undefined;
    };
    await until("the node holds again what others hold", 15_000, async () => {
      return (await holds("everywhere.jpg"))?.[String(id)] === "held";
    });
    await until(
      "nobody believes any more in what is lost",
      15_000,
      async () => (await holds("alone.jpg")) === undefined,
    );
    await command("node", "add");
    const added = (await members()).find((member) => !ids.includes(member));
    await until("a new node holds what is meant for all", 15_000, async () => {
      return (await holds("everywhere.jpg"))?.[String(added)] === "held";
    });
    const deleted = await fetch(`${stack.gateway}/delete-2pc/everywhere.jpg`, { method: "DELETE" });
    expect(await deleted.json()).toMatchObject({ status: "COMMITTED" });
  });

  test("hands over what a node leads when that is stopped: nobody waits for an election timeout", async () => {
    const leader = await leaderOf("queue");
    const others = (await members()).filter((id) => id !== leader);
    const logOf = (id: number) => readFileSync(join(stack.data, "logs", `node-${id}.log`), "utf8").split("\n");
    const timeouts = () => others.flatMap(logOf).filter((line) => line.includes("electionTimeout"));
    const before = new Set(timeouts());
    const kept = await whileWriting(() => command("node", "stop", String(leader)));
    expect(timeouts().filter((line) => !before.has(line))).toEqual([]);
    await command("node", "restart", String(leader));
    await expectKept(kept);
  });

  test("comes back with the members it had when it was stopped", async () => {
    const before = await members();
    expect((await stack.signal("SIGTERM")).code).toBe(0);
    await stack.start("--no-demo");
    expect(await members()).toEqual(before);
    await expectKept(await whileWriting(async () => {}));
  });
});
