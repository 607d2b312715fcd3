/**
 * The lines that requests leave in the gateway's log. Those of what went well are put together here: pino, which writes all
 * others, finds out anew what each field is, a fifth of all that the gateway does for a small request (docs/PERFORMANCE.md).
 *
 *     {"level":30,"time":1796092485816,"id":"e03e…-1","method":"POST","path":"/rooms/x/add_track","status":200,"ms":0.984,"function":"add_track"}
 */
import type { Logger } from "pino";

/** pino's number. */
const INFO = 30;
/** Nothing that JSON writes otherwise: nearly every path. */
const AS_IT_IS = /^[\w\-.~!$&'()*+,;=:@/]*$/;

/** What of it may hold a quotation mark, or anything else that JSON writes otherwise, is the path alone. */
export interface RequestLine {
  /** As request-id.ts gives it. */
  readonly id: string;
  /** Of HTTP; or the path of a gRPC method that is served. */
  readonly method: string;
  /** Of HTTP, without the query: that may hold a token. */
  readonly path?: string;
  readonly status: number;
  /** Milliseconds. */
  readonly ms: number;
  /** Undefined when none was found. */
  readonly function: string | undefined;
  /** Of W3C Trace Context: the trace's id. */
  readonly trace: string | undefined;
}

export class RequestLog {
  readonly #log: Logger;
  readonly #write: (line: string) => void;

  /** @param write where `log` writes its own lines */
  constructor(log: Logger, write: (line: string) => void) {
    this.#log = log;
    this.#write = write;
  }

  /** @param defect what was thrown; undefined when nothing was */
  add(line: RequestLine, defect: unknown): void {
    if (defect === undefined) this.#write(written(line));
    else this.#log.error({ ...line, err: defect });
  }
}

function written({ id, method, path, status, ms, function: name, trace }: RequestLine): string {
  let line = `{"level":${INFO},"time":${Date.now()},"id":"${id}","method":"${method}"`;
  if (path !== undefined) line += `,"path":${quoted(path)}`;
  line += `,"status":${status},"ms":${ms}`;
  if (name !== undefined) line += `,"function":"${name}"`;
  if (trace !== undefined) line += `,"trace":"${trace}"`;
  return `${line}}\n`;
}

function quoted(text: string): string {
  return AS_IT_IS.test(text) ? `"${text}"` : JSON.stringify(text);
}
