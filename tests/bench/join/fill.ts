/** A log of many commands: every other one adds a track, the one after it votes for that. By the core client, without the gateway. */
import { bindCore } from "../../../consensus-nodes/client/core.ts";
import type { CoreClient } from "../../../consensus-nodes/client/core-client.ts";

/** At a time: what fills batches. */
const CALLERS = 512;
/** Tracks are spread over so many, each far from the bound of a room. */
const ROOMS = 10;
const TELL_EVERY_MS = 2_000;

/** One of the tracks that are there afterwards. */
export const FILLED = { room: "filled-0", id: "filled-0" };

/** Resolves with how many commands were applied per second. */
export async function fill(client: CoreClient, commands: number, progress: (line: string) => void): Promise<number> {
  const core = bindCore(client, {});
  const begun = performance.now();
  let sent = 0;
  const call = async () => {
    while (sent < commands) {
      const number = sent;
      sent += 2;
      const id = `filled-${number}`;
      const room = `filled-${number % ROOMS}`;
      const track = { id, title: `Song number ${number}`, artist: `Artist ${number % 1000}`, duration: 180 };
      const { outcome } = await core.queue.addTrack({ room, track });
      if (outcome !== "added") throw new Error(`a track was not added: ${outcome}`);
      await core.queue.vote({ room, id, up: true });
    }
  };
  const tell = setInterval(() => progress(`${sent.toLocaleString("en")} commands`), TELL_EVERY_MS);
  try {
    await Promise.all(Array.from({ length: CALLERS }, call));
  } finally {
    clearInterval(tell);
  }
  return sent / ((performance.now() - begun) / 1000);
}
