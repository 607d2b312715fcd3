/** One node: its process, started again with back-off when it dies by itself, left down when it was put down by hand. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as z from "zod";
import { allocatorOptions, type NodeConfiguration, v8Options } from "../../consensus-nodes/configuration.ts";
import { BackOff } from "./back-off.ts";
import { Refusal } from "./refusal.ts";

const MAIN = fileURLToPath(new URL("../../consensus-nodes/main.ts", import.meta.url));
/** Exit codes of consensus-nodes/main.ts after which the last line of its output is the reason. */
const EXPLAINED: readonly (number | null)[] = [2, 3, 4, 5];
/** The one of a node that has found its files damaged. Another start would find them as they are. */
const DAMAGED = 3;
/** From the word to end to SIGKILL, milliseconds. The stack promises its own end within 3 s. */
const STOP_MS = 1_500;

export const actions = ["kill", "stop", "pause", "resume", "restart"] as const;
export type Action = (typeof actions)[number];

export type NodeEvent =
  | { readonly kind: "died"; readonly id: number; readonly how: string; readonly wait: number }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string };

export interface NodeProcessOptions {
  readonly id: number;
  /** Asked for at every start. */
  readonly configuration: () => z.input<typeof NodeConfiguration>;
  /** File to which standard output and standard error are appended. */
  readonly output: string;
  readonly report: (event: NodeEvent) => void;
}

export class NodeProcess {
  readonly id: number;
  readonly #options: NodeProcessOptions;
  readonly #backOff = new BackOff();
  #process: ChildProcess | undefined;
  /** False from when it was put down by hand, or found damaged, until it is restarted. */
  #wanted = false;
  /** Set while it waits to be started again: then #process is undefined. */
  #wait: NodeJS.Timeout | undefined;
  #paused = false;
  /** Actions on one node happen one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: NodeProcessOptions) {
    this.id = options.id;
    this.#options = options;
  }

  /** Undefined when it is down. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get paused(): boolean {
    return this.#paused;
  }

  start(): void {
    this.#wanted = true;
    this.#spawn();
  }

  /**
   * What was done, as a sentence.
   * @throws {Refusal} when the node is not in a state for it.
   */
  act(action: Action): Promise<string> {
    const done = this.#last.then(() => this.#act(action));
    this.#last = done.catch(() => {});
    return done;
  }

  /** Resolves when the process is gone: within STOP_MS, whatever it does. @param alone the others go on: it hands over to them */
  async end(alone = true): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#wait);
    const process = this.#process;
    if (process === undefined) return;
    const exit = once(process, "exit");
    if (alone) process.kill("SIGTERM");
    else process.stdin?.end();
    // A paused process takes either only when it goes on.
    process.kill("SIGCONT");
    const patience = setTimeout(() => process.kill("SIGKILL"), STOP_MS);
    await exit;
    clearTimeout(patience);
  }

  /** For when there is no time left. */
  endAtOnce(): void {
    this.#wanted = false;
    clearTimeout(this.#wait);
    this.#process?.kill("SIGKILL");
  }

  async #act(action: Action): Promise<string> {
    switch (action) {
      case "kill": {
        const process = this.#process;
        this.#wanted = false;
        clearTimeout(this.#wait);
        if (process === undefined) return `node ${this.id} is down, and stays down until it is restarted`;
        const exit = once(process, "exit");
        process.kill("SIGKILL");
        await exit;
        return `node ${this.id} killed; it stays down until it is restarted`;
      }
      case "stop":
        await this.end();
        return `node ${this.id} stopped; it stays down until it is restarted`;
      case "pause":
        this.#running().kill("SIGSTOP");
        this.#paused = true;
        return `node ${this.id} paused`;
      case "resume":
        this.#running().kill("SIGCONT");
        this.#paused = false;
        return `node ${this.id} goes on`;
      case "restart":
        await this.end();
        this.start();
        return `node ${this.id} started again`;
    }
  }

  #running(): ChildProcess {
    if (this.#process === undefined) throw new Refusal(`node ${this.id} is not running`);
    return this.#process;
  }

  #spawn(): void {
    const output = openSync(this.#options.output, "a", 0o600);
    const offset = fstatSync(output).size;
    const started = performance.now();
    // Standard input is the life line: it closes when this process ends, however that happens, and the node ends with it.
    // A group of its own, so that Ctrl-C on the terminal is for the stack alone.
    const child = spawn(process.execPath, [...v8Options, MAIN, JSON.stringify(this.#options.configuration())], {
      stdio: ["pipe", output, output],
      detached: true,
      env: { ...allocatorOptions, ...process.env },
    });
    closeSync(output);
    this.#process = child;
    this.#paused = false;
    child.stdin?.on("error", () => {});
    // When it could not even be spawned, there is no exit.
    child.once("error", (error) => child.pid === undefined && child.emit("exit", null, error.message));
    child.once("exit", (code, signal) => {
      this.#process = undefined;
      this.#paused = false;
      if (!this.#wanted) return;
      if (code === DAMAGED) {
        this.#wanted = false;
        this.#options.report({ kind: "refused", id: this.id, reason: this.#reason(offset) });
        return;
      }
      const wait = this.#backOff.after(performance.now() - started);
      const how = EXPLAINED.includes(code)
        ? this.#reason(offset)
        : (signal ?? `exit code ${code}, see ${this.#options.output}`);
      this.#options.report({ kind: "died", id: this.id, how, wait });
      this.#wait = setTimeout(() => this.#spawn(), wait);
    });
  }

  /** The last line that the process left behind. Its output began at `offset` of the file. */
  #reason(offset: number): string {
    const { output } = this.#options;
    const said = readFileSync(output).subarray(offset).toString("utf8").trimEnd();
    const line = said.slice(said.lastIndexOf("\n") + 1).replace(`node ${this.id}: `, "");
    return line === "" ? `see ${output}` : line;
  }
}
