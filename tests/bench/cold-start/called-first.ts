/** The first call of several functions of a stack that was just started with the runtime `workerd`. */
import { startStack } from "../targets/stack.ts";
import type { FirstCall } from "./cold-start.ts";
import { timedCalls } from "./timed-calls.ts";

const NODES = 3;
const DEADLINE_MS = 10_000;
/** Requests that no function serves: this client's own first ones shall not count. */
const WARM_UPS = 20;
const TRACK = { id: 1, title: "So What", artist: "Miles Davis", duration: 545 };

const requests: readonly { readonly name: string; readonly path: string; readonly body?: unknown }[] = [
  { name: "add_track", path: "/add_track", body: TRACK },
  { name: "vote", path: "/vote?up=true", body: { id: 1 } },
  { name: "queue", path: "/queue" },
  { name: "metadata", path: "/metadata/1" },
  { name: "history", path: "/history" },
  { name: "now_playing", path: "/now_playing" },
];

/** By function. @throws {Error} when the stack does not come up, or a call fails */
export async function calledFirst(data: string): Promise<Record<string, FirstCall>> {
  const stack = await startStack(data, ["--nodes", String(NODES), "--runtime", "workerd"]);
  try {
    const call = async (path: string, body?: unknown): Promise<void> => {
      const url = `http://127.0.0.1:${stack.port}${path}`;
      const response = await fetch(url, {
        signal: AbortSignal.timeout(DEADLINE_MS),
        ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${path}: status ${response.status}`);
    };
    for (let count = 0; count < WARM_UPS; count++) await call("/readyz");
    const calls: Record<string, FirstCall> = {};
    for (const { name, path, body } of requests) calls[name] = await timedCalls(() => call(path, body));
    return calls;
  } finally {
    await stack.end();
  }
}
