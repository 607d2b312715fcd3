/** The stack under test, as a user starts it: its processes, its files, and how it is seen from outside. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterReport } from "../../local-stack/supervisor/cluster-report.ts";
import { DataFolder } from "../../local-stack/supervisor/data-folder.ts";
import { askDoor } from "../../local-stack/supervisor/door-client.ts";
import { NodeControl } from "../../local-stack/supervisor/node-control.ts";
import type { Action } from "../../local-stack/supervisor/node-process.ts";
import { freePorts } from "../free-ports.ts";
import { commandLine } from "../stack/command-line.ts";

const clock = new URL("./skewed-clock.ts", import.meta.url).href;
/** What `--base-port` takes, and where in it the nodes begin. */
const PORTS = 50;
const FIRST_NODE = 10;
export const NODES = 5;
const READY_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 2000;
const LOOK_EVERY_MS = 25;
/** Characters of what the stack printed that are kept, the newest. */
const KEPT_OUTPUT = 20_000;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class ChaosStack {
  /** Of the gateway. */
  readonly port: number;
  readonly folder: DataFolder;
  readonly controls: readonly NodeControl[];
  readonly #parent: string;
  #process: ChildProcess | undefined;
  #output = "";
  #said = 0;

  private constructor(parent: string, port: number) {
    this.#parent = parent;
    this.port = port;
    this.folder = new DataFolder(join(parent, "data"));
    this.controls = Array.from({ length: NODES }, (_, id) => new NodeControl(`127.0.0.1:${port + FIRST_NODE + id}`));
  }

  static async start(): Promise<ChaosStack> {
    const parent = await mkdtemp(join(tmpdir(), "tutti-chaos-"));
    const stack = new ChaosStack(parent, await freePorts(PORTS));
    await mkdir(stack.clocks);
    try {
      await stack.up();
    } catch (error) {
      await stack.end();
      throw error;
    }
    return stack;
  }

  /** Starts it, for the first time or again, and waits until it is ready. */
  async up(): Promise<void> {
    const place = ["--base-port", String(this.port), "--data", this.folder.path];
    const child = spawn(process.execPath, commandLine(["up", ...place, "--nodes", String(NODES), "--no-demo"]), {
      stdio: ["ignore", "ignore", "pipe"],
      // A group of its own: Ctrl-C is for the run, which then ends it.
      detached: true,
      env: { ...process.env, RPC_LOG: "off", NODE_OPTIONS: `--import ${clock}`, TUTTI_CHAOS_CLOCKS: this.clocks },
    });
    this.#process = child;
    process.once("exit", () => child.kill("SIGKILL"));
    child.stderr.on("data", (data) => {
      const text = String(data);
      this.#said += text.length;
      this.#output = `${this.#output}${text}`.slice(-KEPT_OUTPUT);
    });
    await until("the stack is ready", READY_WITHIN_MS, async () => {
      if (child.exitCode !== null) throw new Error(`the stack ended with exit code ${child.exitCode}: ${this.#output}`);
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`, { signal: AbortSignal.timeout(1000) });
      await answer.arrayBuffer();
      return answer.ok;
    });
  }

  /** Kills the gateway and supervisor: the nodes lose whom they belong to, and end. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) throw new Error("the stack does not run");
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    this.#process = undefined;
  }

  /** Characters that it has said so far. */
  get said(): number {
    return this.#said;
  }

  /** The folder from which nodes learn by how much their clocks are off. */
  get clocks(): string {
    return join(this.#parent, "clocks");
  }

  /** What it said of its nodes since it had said so many characters. */
  saidSince(said: number): string {
    const more = this.#said - said;
    return more === 0 ? "" : this.#output.slice(-more);
  }

  act(action: Action, id: number): Promise<unknown> {
    return askDoor(this.folder, "POST", `/nodes/${id}/${action}`);
  }

  /** Undefined while the gateway is not there. */
  async report(): Promise<ClusterReport | undefined> {
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const answer = await fetch(`http://127.0.0.1:${this.port}/cluster`, { signal });
      return ClusterReport.parse(await answer.json());
    } catch {
      return undefined;
    }
  }

  /** @throws {Error} when the node is down. */
  async pid(id: number): Promise<number> {
    const pid = (await this.report())?.nodes.find((node) => node.id === id)?.pid;
    if (typeof pid !== "number") throw new Error(`node ${id} has no process`);
    return pid;
  }

  /** A node that leads one of the groups. */
  async leader(group: string): Promise<number | undefined> {
    return (await this.report())?.groups.find(({ name }) => name === group)?.leader ?? undefined;
  }

  /** `tutti …` against this stack. */
  async tutti(...args: readonly string[]): Promise<CommandResult> {
    const child = spawn(process.execPath, commandLine([...args, "--data", this.folder.path]), {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    const [code] = await once(child, "close");
    return { code: Number(code), stdout, stderr };
  }

  /** Nothing of it is left, but for what `keep` says to leave: its folder. */
  async end(keep = false): Promise<void> {
    for (const control of this.controls) control.close();
    const child = this.#process;
    if (child !== undefined && child.exitCode === null) {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    }
    if (!keep) await rm(this.#parent, { recursive: true, force: true });
  }
}

/** Polls until it is so. An attempt that throws is one that failed. @throws {Error} when it is not within `timeout` milliseconds. */
export async function until(what: string, timeout: number, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + timeout;
  let last: unknown;
  for (;;) {
    try {
      if (await holds()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`not within ${timeout} ms: ${what}${last === undefined ? "" : ` (${String(last)})`}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}
