/** Keeps one workerd alive: starts another when it ends, ends it when it does not answer, replaces it when it has grown. */
import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { startWorkerd, type WorkerdProcess } from "./workerd-process.ts";

const PING_INTERVAL_MS = 1_000;
/** Milliseconds between attempts to start one: the first at once, then twice as long each time. */
const MAX_BACKOFF_MS = 5_000;
/** Milliseconds that a request waits for a process. */
const WAIT_MS = 5_000;
/** Loaded isolates are never given back, 1.5 MB each; beyond so many a new process takes over. */
const MAX_LOADS = 200;

/** There is no process, and none came in time. */
export class NoWorkerd extends Error {}

export interface KeeperOptions {
  /** The host's unix socket. */
  readonly socket: string;
  readonly log: Logger;
  /** Loads what must be there before requests come. */
  readonly prepare: (process: WorkerdProcess) => Promise<void>;
}

export class WorkerdKeeper {
  readonly #options: KeeperOptions;
  #current: WorkerdProcess | undefined;
  #coming: Promise<WorkerdProcess>;
  /** Isolates loaded into the current process. */
  #loads = 0;
  #closed = false;
  #checking: Promise<void> | undefined;
  readonly #hung = new WeakSet<WorkerdProcess>();
  readonly #watchdog: NodeJS.Timeout;

  /** @throws {Error} when the first process does not start */
  static async start(options: KeeperOptions): Promise<WorkerdKeeper> {
    const first = await startWorkerd(options.socket, options.log);
    return new WorkerdKeeper(options, first);
  }

  private constructor(options: KeeperOptions, first: WorkerdProcess) {
    this.#options = options;
    this.#coming = Promise.resolve(first);
    this.#use(first);
    this.#watchdog = setInterval(() => void this.check(), PING_INTERVAL_MS);
    this.#watchdog.unref();
  }

  /** @throws {NoWorkerd} */
  async process(): Promise<WorkerdProcess> {
    if (this.#current !== undefined) return this.#current;
    const late = setTimeout(WAIT_MS, undefined, { ref: false });
    const process = await Promise.race([this.#coming, late]);
    if (process === undefined) throw new NoWorkerd("workerd is being restarted");
    return process;
  }

  /** Counts an isolate that was loaded into the current process. */
  async loaded(): Promise<void> {
    this.#loads += 1;
    if (this.#loads >= MAX_LOADS && !this.#closed) await this.recycle();
  }

  /** A new process takes over; the old one ends when its requests have. */
  async recycle(): Promise<void> {
    const old = this.#current;
    this.#loads = 0;
    const next = await this.#make();
    if (this.#closed) return next.stop();
    this.#use(next);
    if (old !== undefined) void old.drain().then(() => old.stop());
  }

  /** Ends the current process if it does not answer: another comes. Resolves when that is known. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** Whether it was ended because it did not answer: any of its requests may be why. */
  hung(process: WorkerdProcess): boolean {
    return this.#hung.has(process);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watchdog);
    await this.#current?.stop();
  }

  async #make(): Promise<WorkerdProcess> {
    const process = await startWorkerd(this.#options.socket, this.#options.log);
    await this.#options.prepare(process);
    return process;
  }

  #use(process: WorkerdProcess): void {
    this.#current = process;
    void process.ended.then(() => this.#lose(process, "workerd ended and is started again"));
  }

  async #check(): Promise<void> {
    const process = this.#current;
    if (process === undefined) return;
    const state = await process.ping();
    if (state === "answers") return;
    if (state === "hangs") this.#hung.add(process);
    this.#lose(process, "workerd does not answer and is restarted");
    process.kill();
  }

  #lose(process: WorkerdProcess, why: string): void {
    if (process !== this.#current || this.#closed) return;
    this.#options.log.error({ runtime: "workerd" }, why);
    this.#current = undefined;
    this.#loads = 0;
    this.#coming = this.#restart();
  }

  async #restart(): Promise<WorkerdProcess> {
    for (let backoff = 100; ; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
      try {
        const process = await this.#make();
        if (this.#closed) await process.stop();
        else this.#use(process);
        return process;
      } catch (error) {
        if (this.#closed) throw error;
        this.#options.log.error({ runtime: "workerd", err: error }, "workerd did not start");
        await setTimeout(backoff);
      }
    }
  }
}
