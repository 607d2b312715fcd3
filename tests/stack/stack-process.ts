/** `tutti up` as a process of its own, on a block of free ports and with a temporary folder; and any other command. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterReport } from "../../local-stack/supervisor/cluster-report.ts";
import { freePorts } from "../free-ports.ts";
import { commandLine } from "./command-line.ts";
import { until } from "./until.ts";

/** Ports of a block, see --base-port. */
const BLOCK = 50;
const READY_MS = 30_000;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `tutti` to its end. */
export function tutti(...args: readonly string[]): Promise<Outcome> {
  return run(process.execPath, commandLine(args));
}

/** Runs a program to its end. */
export async function run(program: string, args: readonly string[], where: SpawnOptions = {}): Promise<Outcome> {
  const output = new Output(spawn(program, args, { ...where, stdio: ["ignore", "pipe", "pipe"] }));
  const code = await output.closed;
  return { code, stdout: output.stdout, stderr: output.stderr };
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "tutti-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }) };
}

class Output {
  readonly process: ChildProcess;
  /** The exit code, when all that was printed has been read. */
  readonly closed: Promise<number | null>;
  stdout = "";
  stderr = "";

  constructor(process: ChildProcess) {
    this.process = process;
    process.stdout?.setEncoding("utf8").on("data", (text) => {
      this.stdout += text;
    });
    process.stderr?.setEncoding("utf8").on("data", (text) => {
      this.stderr += text;
    });
    this.closed = once(process, "close").then(([code]) => code);
  }
}

/** A data folder with a block of ports, and the stack that is started there, any number of times. */
export class StackProcess {
  readonly data: string;
  readonly base: number;
  readonly #program: string | undefined;
  readonly #folder = temporaryFolder();
  #running: Output | undefined;

  /** @param program of another copy, or the launcher */
  static async prepare(program?: string): Promise<StackProcess> {
    return new StackProcess(program, await freePorts(BLOCK));
  }

  private constructor(program: string | undefined, base: number) {
    this.#program = program;
    this.base = base;
    this.data = join(this.#folder.path, "data");
  }

  get gateway(): string {
    return `http://127.0.0.1:${this.base}`;
  }

  get pid(): number {
    const pid = this.#running?.process.pid;
    if (pid === undefined) throw new Error("the stack was not started");
    return pid;
  }

  /** What it printed since it was started. */
  get stdout(): string {
    return this.#running?.stdout ?? "";
  }

  get stderr(): string {
    return this.#running?.stderr ?? "";
  }

  /** Resolves when it says that it is ready. */
  async start(...flags: readonly string[]): Promise<void> {
    const args = ["up", "--base-port", String(this.base), "--data", this.data, ...flags];
    const running = new Output(
      spawn(process.execPath, commandLine(args, this.#program), { stdio: ["ignore", "pipe", "pipe"] }),
    );
    this.#running = running;
    await until("the stack is ready", READY_MS, () => {
      if (running.process.exitCode !== null) throw new Error(`the stack ended: ${running.stderr}`);
      return running.stdout.includes("Ctrl-C");
    });
  }

  /** How it ended, and after how many milliseconds. */
  async signal(
    ...signals: readonly NodeJS.Signals[]
  ): Promise<{ readonly code: number | null; readonly took: number }> {
    const running = this.#running;
    if (running === undefined) throw new Error("the stack was not started");
    const from = performance.now();
    for (const signal of signals) running.process.kill(signal);
    return { code: await running.closed, took: performance.now() - from };
  }

  /** Runs a command about this stack. */
  tutti(...args: readonly string[]): Promise<Outcome> {
    return tutti(...args, "--data", this.data);
  }

  /** As GET /cluster tells it. */
  async cluster(): Promise<ClusterReport> {
    const response = await fetch(`${this.gateway}/cluster`);
    return ClusterReport.parse(await response.json());
  }

  /** For the end of a test: nothing is left of it. */
  async remove(): Promise<void> {
    const running = this.#running;
    if (running !== undefined && running.process.exitCode === null && running.process.signalCode === null) {
      running.process.kill("SIGTERM");
      await running.closed;
    }
    this.#folder.remove();
  }
}
