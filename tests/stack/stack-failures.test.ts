import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StackProcess } from "./stack-process.ts";
import { isAlive, until } from "./until.ts";

const QUICKLY_MS = 10_000;
/** A node that lost its standard input ends at once; a busy machine takes its time. */
const ORPHANED_MS = 5_000;

let stack: StackProcess;
beforeEach(async () => {
  stack = await StackProcess.prepare();
});
afterEach(() => stack.remove());

const pidsOf = async () => (await stack.cluster()).nodes.map(({ pid }) => pid ?? 0);

test("no node outlives a stack that is killed, and the next start finds the folder free", async () => {
  await stack.start("--nodes", "2");
  const pids = await pidsOf();
  await stack.signal("SIGKILL");
  const status = await stack.tutti("status");
  expect(status).toMatchObject({ code: 1, stderr: expect.stringContaining("no stack is running") });
  // At once, on the same ports: the old nodes may be about to end.
  await stack.start();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(await pidsOf()).toHaveLength(2);
});

test("functions in isolates end with a stack that is killed", async () => {
  const before = new Set(workerds());
  await stack.start("--nodes", "1", "--runtime", "workerd");
  const workerd = await until("workerd runs", QUICKLY_MS, () => {
    const started = workerds().filter((pid) => !before.has(pid) && isDescendant(pid, stack.pid));
    return started.length > 0 && started;
  });
  await stack.signal("SIGKILL");
  await until("workerd is gone", ORPHANED_MS, () => !workerd.some(isAlive));
});

test("a request that does not end holds nobody up: one signal ends the stack in under 3 s, a second one at once", async () => {
  for (const [second, expected] of [
    [false, { code: 0, within: 3_000 }],
    [true, { code: 130, within: 900 }],
  ] as const) {
    await stack.start("--nodes", "1");
    const pids = await pidsOf();
    const client = connect(stack.base, "127.0.0.1");
    client.on("error", () => {});
    client.write(
      "POST /add_track HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
    );
    await until("the request has arrived", QUICKLY_MS, () => client.bytesWritten > 0 && client.pending === false);
    // Two signals within 300 ms are one: a terminal and npm may both send it.
    if (second) setTimeout(() => process.kill(stack.pid, "SIGINT"), 400);
    const { code, took } = await stack.signal("SIGINT", "SIGINT");
    client.destroy();
    expect(code).toBe(expected.code);
    expect(took).toBeLessThan(expected.within);
    await until("its nodes are gone", QUICKLY_MS, () => !pids.some(isAlive));
  }
});

test("of two stacks that start at once in one folder, one runs and the other says why it does not", async () => {
  const other = await StackProcess.prepare();
  try {
    const both = [stack.start("--nodes", "1"), other.start("--nodes", "1", "--data", stack.data)];
    const failures = (await Promise.allSettled(both)).flatMap((start) =>
      start.status === "rejected" ? [start.reason] : [],
    );
    expect(failures).toHaveLength(1);
    expect(String(failures[0])).toMatch(/tutti: a(nother)? stack is (running|starting) in [^\n]+\n$/);
  } finally {
    await other.remove();
  }
});

test("a signal while it is starting ends it too, with exit code 0", async () => {
  const starting = stack.start("--nodes", "1");
  starting.catch(() => {});
  await until("nodes are being made", QUICKLY_MS, () => {
    try {
      return readdirSync(join(stack.data, "nodes")).length > 0;
    } catch {
      return false;
    }
  });
  const { code } = await stack.signal("SIGTERM");
  expect({ code, stderr: stack.stderr }).toEqual({ code: 0, stderr: "" });
  await expect(starting).rejects.toThrow();
  // The founding goes on where it was.
  await stack.start("--nodes", "1");
});

test.each([
  [0, "--port", "the gateway"],
  [1, "--grpc-port", "the gRPC ingress"],
  [11, "--base-port", "node 1"],
])("a port in use is told in one line before anything is started (P + %i)", async (offset, flag, what) => {
  const holder = createServer().listen(stack.base + offset, "127.0.0.1");
  await once(holder, "listening");
  try {
    const { code, stdout, stderr } = await stack.tutti("up", "--base-port", String(stack.base));
    expect(stderr).toMatch(/^tutti: port \d+ \([^\n]+\n$/);
    for (const part of [String(stack.base + offset), what, flag]) expect(stderr).toContain(part);
    // Linux tells who it is.
    if (process.platform === "linux") expect(stderr).toContain(`process ${process.pid}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  } finally {
    holder.close();
  }
});

test("the second ingress is done without when its port is taken", async () => {
  const holder = createServer().listen(stack.base + 2, "127.0.0.1");
  await once(holder, "listening");
  try {
    await stack.start("--nodes", "1");
    expect(stack.stderr).toMatch(new RegExp(`^port ${stack.base + 2} is in use: [^\n]+\n$`));
  } finally {
    holder.close();
  }
});

test("a node with a damaged log is reported with file and offset, and not started over and over", async () => {
  await stack.start("--nodes", "3");
  for (const text of ["first of three", "second", "third"]) {
    const appended = await fetch(`${stack.gateway}/journal`, { method: "POST", body: JSON.stringify({ text }) });
    expect(appended.status).toBe(200);
  }
  await stack.signal("SIGTERM");
  damage(join(stack.data, "nodes", "2"));

  await stack.start();
  const line = await until("it is said", QUICKLY_MS, () => /node 2 refuses to start: .*\n/.exec(stack.stderr)?.[0]);
  expect(line).toContain(join(stack.data, "nodes", "2"));
  // The two others serve.
  expect(await stack.tutti("journal", "add", "four")).toMatchObject({ code: 0 });
  expect((await stack.cluster()).nodes[2]).toMatchObject({ pid: null, alive: false });
  expect(stack.stderr.match(/node 2 refuses/g)).toHaveLength(1);
});

test("a cluster whose file is gone is not made anew over its nodes", async () => {
  await stack.start("--nodes", "1");
  await stack.signal("SIGTERM");
  rmSync(join(stack.data, "cluster.json"));
  const { code, stderr } = await stack.tutti("up", "--base-port", String(stack.base));
  expect(stderr).toMatch(/^tutti: [^\n]+cluster\.json is missing[^\n]+\n$/);
  expect(code).toBe(1);
});

test("a seed fills a new cluster once, and only a new one", async () => {
  mkdirSync(stack.data);
  const seed = join(stack.data, "seed.json");
  const track = { id: 1, title: "So What", artist: "Miles Davis", duration: 545 };
  writeFileSync(seed, JSON.stringify({ queue: { main: [track, { ...track, id: "2", votes: 3 }], other: [track] } }));
  const queue = async (room: string) => (await fetch(`${stack.gateway}/rooms/${room}/queue`)).json();
  await stack.start("--nodes", "1", "--seed", seed);
  expect(await queue("main")).toEqual([
    { ...track, id: "2", votes: 3 },
    { ...track, votes: 0 },
  ]);
  expect(await queue("other")).toHaveLength(1);
  await fetch(`${stack.gateway}/clear`, { method: "POST" });
  await stack.signal("SIGTERM");
  await stack.start("--seed", seed);
  expect(await queue("main")).toEqual([]);
  await stack.signal("SIGTERM");
  // What others put into the folder is theirs.
  await stack.tutti("reset", "--yes");
  expect(readdirSync(stack.data)).toEqual(["seed.json"]);
});

/** Flips a byte in the first third of the journal's first segment: no torn tail. */
function damage(node: string): void {
  const folder = join(node, "groups", "journal");
  const [segment = ""] = readdirSync(folder).sort();
  const file = join(folder, segment);
  const bytes = readFileSync(file);
  const place = bytes.indexOf("first of three");
  expect(place).toBeGreaterThan(0);
  bytes[place] = (bytes[place] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

function workerds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && statusOf(name, "Name") === "workerd")
    .map(Number);
}

function isDescendant(pid: number, ancestor: number): boolean {
  const parent = Number(statusOf(String(pid), "PPid"));
  return parent === ancestor || (parent > 1 && isDescendant(parent, ancestor));
}

function statusOf(pid: string, field: string): string | undefined {
  try {
    return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
