/**
 * A node's log file: structured lines (pino, one JSON object each) and, between them, the RPC lines exactly as clients'
 * tools expect them, as plain text. Writing is asynchronous and bounded: a slow disk costs lines, not commands.
 */
import { once } from "node:events";
import { mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Logger, pino } from "pino";

/** Lines gather for so long before they are written, and those that nobody waits for, such as of heartbeats, for longer. */
const FLUSH_MS = 50;
const PATIENT_FLUSH_MS = 250;
/** Bytes of lines kept in memory while the disk is slow; beyond that they are dropped. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
/** Bytes of a log file before it is moved to `<file>.1`, over the one moved before. */
const ROTATE_BYTES = 64 * 1024 * 1024;

export interface NodeLog {
  readonly logger: Logger;
  /** Writes a line as it is. @param patient it may be a while before it is in the file */
  line(text: string, patient?: boolean): void;
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
  let patience: NodeJS.Timeout | undefined;
  let timer: NodeJS.Timeout | undefined;
  const write = (text: string, patient = false) => {
    if (!patient) timer ??= setTimeout(flush, FLUSH_MS).unref();
    else if (timer === undefined) patience ??= setTimeout(flush, PATIENT_FLUSH_MS).unref();
    destination.write(text);
    console?.write(text);
  };
  const flush = () => {
    clearTimeout(patience);
    clearTimeout(timer);
    patience = undefined;
    timer = undefined;
    destination.flush();
    if (bytes < ROTATE_BYTES) return;
    bytes = 0;
    renameSync(file, `${file}.1`);
    destination.reopen();
  };
  const logger = pino(
    { base: bindings, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (text: string) => write(text) },
  );
  return {
    logger,
    line: (text, patient) => write(`${text}\n`, patient),
    close: () => {
      clearTimeout(patience);
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
