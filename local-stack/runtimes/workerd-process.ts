/** One workerd with its keeper, from start to end; see workerd-host.ts. */
import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { Client, errors, Pool } from "undici";
import { IsolateSessions } from "./isolate-sessions.ts";
import { MAX_EVENT_STREAMS } from "./runtime.ts";

const START_DEADLINE_MS = 15_000;
/** Milliseconds for the keeper to clear up. */
const STOP_DEADLINE_MS = 2_000;
/** Longer than any pause of a busy thread; a function that spins is cut off after this. */
const PING_TIMEOUT_MS = 3_000;
/** Milliseconds for requests in a process that is being replaced. */
const DRAIN_DEADLINE_MS = 30_000;
const DRAIN_CHECK_MS = 50;
/** Milliseconds until a function's first byte. Longer than the core may take. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Requests in workerd at once; the rest wait before it. It has one thread: more would only wait inside. */
const MAX_CONNECTIONS = 256;

// Per isolate. With 16 MB they make long pauses, and much memory, for no throughput; with 2 MB what requests leave is taken for
// long-lived, and lies about until the process has grown to half a gigabyte.
const V8_FLAGS = "--max-semi-space-size=8";

export interface WorkerdProcess {
  /** For requests and answers that are JSON. */
  readonly sessions: IsolateSessions;
  /** For bytes. */
  readonly pool: Pool;
  /** For answers without an end: they would take every connection there is. */
  readonly streams: Pool;
  /** Resolves when the process is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** Whether its one thread answers, on a connection of its own; `hangs` when it lives and does not. */
  ping(): Promise<"answers" | "hangs" | "gone">;
  /** Lets what runs in it finish for a while; streams are cut off then. */
  drain(): Promise<void>;
  /** Ends it with all that runs in it. */
  stop(): Promise<void>;
  /** The same without asking: for one that does not answer. */
  kill(): void;
}

/** @throws {Error} when it is not ready in time */
export async function startWorkerd(socket: string, log: Logger): Promise<WorkerdProcess> {
  const file = fileURLToPath(new URL("workerd-host.ts", import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify({ socket })], {
    // A group of its own, for workerd must not outlive a keeper that was killed.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    // What Miniflare leaves in the temporary folder goes with the socket's.
    env: { ...process.env, MINIFLARE_WORKERD_V8_FLAGS: V8_FLAGS, TMPDIR: dirname(socket) },
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      endGroup(child);
      resolve();
    });
  });
  child.stdin.on("error", () => {});
  createInterface(child.stderr).on("line", (line) => log.warn({ runtime: "workerd" }, line));
  const url = await readUrl(child, ended, log).catch((error: unknown) => {
    endGroup(child);
    throw error;
  });
  // workerd closes idle connections when it likes; a request never waits on one for long.
  const options = { headersTimeout: ANSWER_TIMEOUT_MS, keepAliveTimeout: 4_000 };
  const sessions = new IsolateSessions(url);
  const pool = new Pool(url, { ...options, connections: MAX_CONNECTIONS });
  const streams = new Pool(url, { ...options, connections: MAX_EVENT_STREAMS });
  const watch = new Client(url, { headersTimeout: PING_TIMEOUT_MS, connectTimeout: PING_TIMEOUT_MS });
  return {
    sessions,
    pool,
    streams,
    ended,
    ping: async () => {
      try {
        const response = await watch.request({ path: "/", method: "GET" });
        await response.body.dump();
        return "answers";
      } catch (error) {
        return error instanceof errors.HeadersTimeoutError ? "hangs" : "gone";
      }
    },
    drain: async () => {
      const deadline = Date.now() + DRAIN_DEADLINE_MS;
      // First a pause: whoever holds this process has sent its request by then.
      do await setTimeout(DRAIN_CHECK_MS);
      while (pool.stats.size + sessions.size > 0 && Date.now() < deadline);
    },
    kill: () => endGroup(child),
    stop: async () => {
      sessions.close();
      child.stdin.end("end\n");
      await Promise.race([ended, setTimeout(STOP_DEADLINE_MS, undefined, { ref: false })]);
      endGroup(child);
      await ended;
      await Promise.all([pool.destroy(), streams.destroy(), watch.destroy()]);
    },
  };
}

function readUrl(child: ChildProcess, ended: Promise<void>, log: Logger): Promise<string> {
  return new Promise((resolve, reject) => {
    void setTimeout(START_DEADLINE_MS, undefined, { ref: false }).then(() =>
      reject(new Error("workerd was not ready in time")),
    );
    void ended.then(() => reject(new Error("workerd ended before it was ready")));
    if (child.stdout === null) throw new Error("the keeper's output is a pipe");
    createInterface(child.stdout).on("line", (line) => {
      const { url, level, message } = parse(line);
      if (url !== undefined) resolve(url);
      else if (level === "error" || level === "warn") log[level]({ runtime: "workerd" }, message ?? line);
      else log.info({ runtime: "workerd" }, message ?? line);
    });
  });
}

function parse(line: string): { url?: string; level?: string; message?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return { message: line };
  }
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}
