/** The gateway's log: one JSON object per line, written behind the requests' backs. */
import { mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { destination, type Logger, pino } from "pino";
import { RequestLog } from "./request-log.ts";

/** Characters held back before a write: a hundred lines in one go cost less than each on its own. More the sink would not hold. */
const HELD_CHARACTERS = 16 * 1024 - 1;
/** Milliseconds after which a line is written at the latest. */
const FLUSH_MS = 100;

export interface GatewayLog {
  readonly log: Logger;
  readonly requests: RequestLog;
  /** Writes out what is held back. */
  close(): void;
}

/** @param file 1 for standard output */
export function openGatewayLog(file: string | 1): GatewayLog {
  if (typeof file === "string") mkdirSync(dirname(file), { recursive: true });
  // Opened at once: a log that is still being opened cannot be flushed, and whoever ends early would end with an error.
  const sink = destination({
    dest: file === 1 ? 1 : openSync(file, "a"),
    sync: false,
    // What is less waits in the sink until it is flushed: a write that has begun in another thread could not be waited for.
    minLength: HELD_CHARACTERS,
  });
  let held = "";
  const hand = () => {
    sink.write(held);
    held = "";
  };
  const write = (line: string) => {
    held += line;
    if (held.length >= HELD_CHARACTERS) hand();
  };
  const timer = setInterval(() => {
    if (held === "") return;
    hand();
    sink.flush();
  }, FLUSH_MS);
  timer.unref();
  const log = pino({ base: null, timestamp: () => `,"time":${Date.now()}` }, { write });
  return {
    log,
    requests: new RequestLog(log, write),
    close: () => {
      clearInterval(timer);
      hand();
      sink.flushSync();
      sink.end();
    },
  };
}
