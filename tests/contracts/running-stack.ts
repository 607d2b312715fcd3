/** The whole stack as a user starts it, on a block of free ports and with a temporary folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../free-ports.ts";
import { commandLine } from "../stack/command-line.ts";

const launcher = new URL("../../local-stack/launch/tutti.js", import.meta.url).pathname;
/** A block of --base-port: see DESIGN.md. */
const BLOCK = 50;
const READY_TIMEOUT_MS = 20_000;

export interface RunningStack {
  readonly http: string;
  readonly grpc: string;
  readonly secondGrpc: string;
  /** `host:port` of a node. */
  node(id: number): string;
  readonly data: string;
  readonly process: ChildProcess;
  /** Runs `tutti …` against this stack; resolves with what it printed. */
  tutti(
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  stop(): Promise<void>;
}

export function startStack(...flags: readonly string[]): Promise<RunningStack> {
  return startStackWith({}, ...flags);
}

/** @param environment beside this process's own */
export async function startStackWith(
  environment: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<RunningStack> {
  const folder = await mkdtemp(join(tmpdir(), "tutti-stack-"));
  const data = join(folder, "data");
  const base = await freePorts(BLOCK);
  const up = ["up", "--base-port", String(base), "--data", data, ...flags];
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [launcher, ...up], { env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  child.stdout.resume();
  const stack: RunningStack = {
    http: `http://127.0.0.1:${base}`,
    grpc: `127.0.0.1:${base + 1}`,
    secondGrpc: `127.0.0.1:${base + 2}`,
    node: (id) => `127.0.0.1:${base + 10 + id}`,
    data,
    process: child,
    tutti: (...args) => run(process.execPath, commandLine([...args, "--data", data])),
    stop: async () => {
      if (child.exitCode === null) child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
  const end = performance.now() + READY_TIMEOUT_MS;
  while (
    !(await fetch(`${stack.http}/readyz`).then(
      (response) => response.ok,
      () => false,
    ))
  ) {
    if (performance.now() > end || child.exitCode !== null) {
      await stack.stop();
      throw new Error("the stack did not become ready");
    }
    await delay(50);
  }
  return stack;
}

export async function run(command: string, args: readonly string[]) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code: Number(code), stdout, stderr };
}
