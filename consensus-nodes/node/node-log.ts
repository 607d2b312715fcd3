/**
 * A node's log file: structured lines (pino, one JSON object each) and, between them, the RPC lines exactly as clients'
 * tools expect them, as plain text. Writing is asynchronous and bounded: a slow disk costs lines, not commands.
 */
import { once } from "node:events";
import { mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Logger, pino } from "pino";

/** Lines gather for so long before they are written. */
const FLUSH_MS = 50;
/** Bytes of lines kept in memory while the disk is slow; beyond that they are dropped. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
/** Bytes of a log file before it is moved to `<file>.1`, over the one moved before. */
const ROTATE_BYTES = 64 * 1024 * 1024;

export interface NodeLog {
  readonly logger: Logger;
  /** Writes a line as it is. */
  line(text: string): void;
  /** Writes out what is left, synchronously. */
  close(): void;
}

export async function openNodeLog(
  file: string,
  bindings: Readonly<Record<string, unknown>>,
  toStdout: boolean,
): Promise<NodeLog> {
  mkdirSync(dirname(file), { recursive: true });
  const destination = pino.destination({
    dest: file,
    append: true,
    sync: false,
    minLength: 8 * 1024,
    maxLength: MAX_BUFFERED_BYTES,
  });
  // Until then nothing could be flushed, and a node may end before it began.
  await once(destination, "ready");
  let bytes = sizeOf(file);
  destination.on("write", (written: number) => {
    bytes += written;
  });
  // The console is there for people: what does not fit is dropped as well.
  const console = toStdout ? pino.destination({ dest: 1, sync: false, maxLength: MAX_BUFFERED_BYTES }) : undefined;
  // Set while something waits to be written.
  let timer: NodeJS.Timeout | undefined;
  const write = (text: string) => {
    timer ??= setTimeout(flush, FLUSH_MS).unref();
    destination.write(text);
    console?.write(text);
  };
  const flush = () => {
    timer = undefined;
    destination.flush();
    if (bytes < ROTATE_BYTES) return;
    bytes = 0;
    renameSync(file, `${file}.1`);
    destination.reopen();
  };
  const logger = pino({ base: bindings, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return {
    logger,
    line: (text) => write(`${text}\n`),
    close: () => {
      clearTimeout(timer);
      destination.flushSync();
      console?.flushSync();
    },
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
