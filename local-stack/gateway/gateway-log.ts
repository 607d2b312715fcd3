/** The gateway's log: one JSON object per line, written behind the requests' backs. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { destination, type Logger, pino } from "pino";

/** Bytes held back before a write; a quarter of a second later at the latest. */
const BUFFER_BYTES = 8 * 1024;
const FLUSH_MS = 250;

export interface GatewayLog {
  readonly log: Logger;
  /** Writes out what is held back. */
  close(): void;
}

/** @param file 1 for standard output */
export function openGatewayLog(file: string | 1): GatewayLog {
  if (typeof file === "string") mkdirSync(dirname(file), { recursive: true });
  const sink = destination({ dest: file, sync: false, minLength: BUFFER_BYTES });
  const log = pino({ base: null, timestamp: () => `,"time":${Date.now()}` }, sink);
  const timer = setInterval(() => sink.flush(), FLUSH_MS);
  timer.unref();
  return {
    log,
    close: () => {
      clearInterval(timer);
      sink.flushSync();
      sink.end();
    },
  };
}
