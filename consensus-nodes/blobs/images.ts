/** A node's side of image-process.ts: starts it when there is work, hands it one job after the other, ends it when it is idle. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ImageJob, ImageResult } from "./image-job.ts";

const FILE = fileURLToPath(new URL("image-process.ts", import.meta.url));
/** Jobs that wait; each is a file on disk and a client who waits. */
const MAX_WAITING = 16;
/** Forty megapixels take a second when there is nothing else to do; the client waits for thirty. */
const JOB_TIMEOUT_MS = 20_000;
/** The process takes 60 MB. */
const IDLE_MS = 30_000;

export class Images {
  #process: ChildProcess | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: NodeJS.Timeout | undefined;

  async run(job: ImageJob): Promise<ImageResult> {
    if (this.#waiting >= MAX_WAITING) {
      return { ok: false, rejection: "busy", detail: "too many pictures are being decoded" };
    }
    this.#waiting += 1;
    const result = this.#tail.then(() => this.#hand(job));
    this.#tail = result;
    try {
      return await result;
    } finally {
      this.#waiting -= 1;
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => this.#end(), IDLE_MS);
      this.#idle.unref();
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#end();
  }

  #hand(job: ImageJob): Promise<ImageResult> {
    clearTimeout(this.#idle);
    this.#process ??= this.#start();
    const child = this.#process;
    return new Promise((resolve) => {
      const settle = (result: ImageResult) => {
        clearTimeout(timer);
        child.removeAllListeners("message").off("exit", lost);
        resolve(result);
      };
      const lost = () => settle({ ok: false, rejection: "broken", detail: "it cannot be decoded" });
      const timer = setTimeout(() => {
        this.#end();
        settle({ ok: false, rejection: "busy", detail: "decoding it takes too long" });
      }, JOB_TIMEOUT_MS);
      child.once("exit", lost);
      child.once("message", (message) => settle(ImageResult.parse(message)));
      child.send(job, (error) => {
        if (error !== null) lost();
      });
    });
  }

  #start(): ChildProcess {
    const child = fork(FILE, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    child.once("exit", () => {
      if (this.#process === child) this.#process = undefined;
    });
    child.on("error", () => child.kill("SIGKILL"));
    return child;
  }

  #end(): void {
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
  }
}
