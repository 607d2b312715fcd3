/** The processes and folders of a benchmark: all are gone when it ends, however it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** From SIGTERM to SIGKILL. */
const END_DEADLINE_MS = 3_000;
const START_DEADLINE_MS = 60_000;
const POLL_EVERY_MS = 50;
/** Characters of a failed process's output that are shown. */
const LAST_WORDS = 800;

const children = new Set<ChildProcess>();
const folders = new Set<string>();

// Whatever ends this process: nothing of it stays behind. Every child leads a process group of its own, so that what it
// started ends with it.
process.on("exit", () => {
  for (const child of children) signalGroup(child, "SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.once(signal, () => {
    console.error(`\n${signal}: ending what was started`);
    endAll().finally(() => process.exit(exitCode));
  });
}

/** A new folder in `parent`. */
export async function makeFolder(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, "tutti-bench-"));
  folders.add(folder);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.delete(folder);
}

export class Child {
  readonly #process: ChildProcess;
  readonly #log: string;
  readonly #name: string;
  #failure: string | undefined;

  /** What the process prints goes to a file in `folder`, as a service's log would. @param environment beside this process's own */
  constructor(
    command: string,
    args: readonly string[],
    folder: string,
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#name = [command, ...args].join(" ");
    this.#log = join(folder, `output-${children.size}-${Date.now()}.log`);
    const output = openSync(this.#log, "a");
    this.#process = spawn(command, args, {
      detached: true,
      stdio: ["ignore", output, output],
      env: { ...process.env, ...environment },
    });
    closeSync(output);
    children.add(this.#process);
    this.#process.on("error", (error) => {
      this.#failure = error.message;
      children.delete(this.#process);
    });
    this.#process.on("exit", (code, signal) => {
      this.#failure = `ended with ${signal ?? `exit code ${code}`}`;
      children.delete(this.#process);
    });
  }

  /** @throws {Error} when the process ends before `isReady`, or the deadline passes. */
  async ready(isReady: () => Promise<boolean>, pollEveryMs = POLL_EVERY_MS): Promise<void> {
    const deadline = performance.now() + START_DEADLINE_MS;
    while (performance.now() < deadline) {
      if (this.#failure !== undefined)
        throw new Error(`${this.#name}: ${this.#failure}\n${this.output().slice(-LAST_WORDS)}`);
      if (await isReady()) return;
      await sleep(pollEveryMs);
    }
    throw new Error(`${this.#name}: not ready in ${START_DEADLINE_MS / 1000} s\n${this.output().slice(-LAST_WORDS)}`);
  }

  /** All that it printed. */
  output(): string {
    return readFileSync(this.#log, "utf8");
  }

  /** SIGKILL for what nobody will start again: its data is thrown away. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await end(this.#process, signal);
  }
}

async function endAll(): Promise<void> {
  await Promise.all([...children].map((child) => end(child, "SIGTERM")));
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  signalGroup(child, signal);
  const deadline = performance.now() + END_DEADLINE_MS;
  while (children.has(child) && performance.now() < deadline) await sleep(10);
  // What it started may have outlived it.
  signalGroup(child, "SIGKILL");
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
