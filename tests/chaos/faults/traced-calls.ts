/** System calls of a running node that are slow, or fail: by strace, where it is installed and allowed. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../chaos-stack.ts";
import { type Fault, victim } from "./fault.ts";
import { stateOf } from "./processes.ts";

const SYNCS = "fdatasync,fsync";
/** Microseconds by which each sync is late. */
const SLOW_US = 150_000;
const SEEN_WITHIN_MS = 10_000;

export const slowDisk: Fault = {
  kind: "slow disk",
  lasts: [2000, 4000],
  weight: 2,
  needs: 1,
  missing: () => strace(),
  inject: async (context) => {
    const id = await victim(context);
    const traced = await attach(await context.stack.pid(id), `${SYNCS}:delay_enter=${SLOW_US}`);
    await until(`a sync of node ${id} is delayed`, SEEN_WITHIN_MS, async () => traced.output().includes("DELAYED"));
    return { what: `node ${id}, ${SLOW_US / 1000} ms a sync`, nodes: [id], heal: () => traced.detach() };
  },
};

/** The node must end, and acknowledge nothing more; the supervisor starts it again. */
export const failingSync: Fault = {
  kind: "failing fsync",
  lasts: [0, 500],
  weight: 2,
  needs: 1,
  missing: () => strace(),
  inject: async (context) => {
    const { stack } = context;
    const id = await victim(context);
    const pid = await stack.pid(id);
    const { said } = stack;
    const traced = await attach(pid, `${SYNCS}:error=EIO`);
    try {
      await until(`a sync of node ${id} fails`, SEEN_WITHIN_MS, async () => traced.output().includes("INJECTED"));
      await until(`node ${id} ends`, SEEN_WITHIN_MS, async () => stateOf(pid) === undefined);
      await until(`node ${id} says why`, SEEN_WITHIN_MS, async () =>
        new RegExp(`node ${id} died .*a write to the log failed: EIO`).test(stack.saidSince(said)),
      );
    } finally {
      await traced.detach();
    }
    return { what: `node ${id}`, nodes: [id], heal: async () => {} };
  },
};

interface Traced {
  /** What strace noted. */
  output(): string;
  detach(): Promise<void>;
}

let known: { readonly missing: string | undefined } | undefined;

/** Why it cannot be used; undefined when it can. */
function strace(): string | undefined {
  known ??= { missing: whyNot() };
  return known.missing;
}

function whyNot(): string | undefined {
  const found = spawnSync("strace", ["-V"]);
  if (found.error !== undefined || found.status !== 0) return "strace is not installed";
  const child = spawn("sleep", ["5"], { stdio: "ignore" });
  try {
    const tried = spawnSync("timeout", ["1", "strace", "-p", String(child.pid)], { encoding: "utf8" });
    return /attached/.test(tried.stderr) ? undefined : "strace may not attach to processes";
  } finally {
    child.kill("SIGKILL");
  }
}

async function attach(pid: number, injection: string): Promise<Traced> {
  const folder = mkdtempSync(join(tmpdir(), "tutti-strace-"));
  const file = join(folder, "calls");
  const child: ChildProcess = spawn(
    "strace",
    ["-f", "-p", String(pid), "-e", `trace=${SYNCS}`, "-e", `inject=${injection}`, "-o", file],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const exit = once(child, "exit");
  let said = "";
  child.stderr?.on("data", (data) => {
    said += data;
  });
  await until("strace is attached", SEEN_WITHIN_MS, async () => said.includes("attached"));
  return {
    output: () => readFileSync(file, "utf8"),
    detach: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
