/** Has a running node collect all its garbage: by the inspector, which SIGUSR1 opens. */
import { readFileSync } from "node:fs";
import { until } from "../../stack/until.ts";

/** For the environment of the processes: each opens its inspector on a free port. */
export const INSPECTABLE = { NODE_OPTIONS: "--inspect-port=0" };

const OPENS_WITHIN_MS = 10_000;
const COLLECTS_WITHIN_MS = 30_000;
/** What the first leaves to finalizers, the second finds. */
const COLLECTIONS = 2;

/** @param output file of the process's standard error, where it says how its inspector is reached */
export async function collectGarbage(pid: number, output: string): Promise<void> {
  process.kill(pid, "SIGUSR1");
  const url = await until("the inspector is open", OPENS_WITHIN_MS, () => {
    return /Debugger listening on (ws:\S+)/.exec(readFileSync(output, "utf8"))?.[1];
  });
  const socket = new WebSocket(url);
  try {
    await once(socket, "open");
    for (let id = 1; id <= COLLECTIONS; id++) {
      const answered = once(socket, "message");
      socket.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
      await answered;
    }
  } finally {
    socket.close();
  }
}

function once(socket: WebSocket, event: "open" | "message"): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the inspector has no ${event}`)), COLLECTS_WITHIN_MS);
    socket.addEventListener("error", () => reject(new Error("the inspector is not reached")), { once: true });
    socket.addEventListener(
      event,
      () => {
        clearTimeout(late);
        resolve();
      },
      { once: true },
    );
  });
}
