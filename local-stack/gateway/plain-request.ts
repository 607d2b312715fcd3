/**
 * A request that has nothing unusual about it: HTTP/1.1 (RFC 9112), all of it in one piece, a body of known length or none, every
 * header once. Such are nearly all that a client of JSON functions sends, and to read them takes a third of what `node:http` takes
 * for the general case. What is not of this form is not refused but left to `node:http`, which has to see it from its first byte:
 * so this may be strict, and need not know what else HTTP allows.
 */
import type { IncomingHttpHeaders } from "node:http";

const HEAD_END = "\r\n\r\n";
/** Bytes of a head; node:http has the same limit, and answers what is longer. */
const MAX_HEAD_BYTES = 16 * 1024;
/** No escapes in the path, and no segment that begins with a dot: nothing in it that could be written otherwise. */
const REQUEST_LINE =
  /^(GET|POST|PUT|PATCH|DELETE) ((?:\/(?!\.)[\w\-.~!$&'()*+,;=:@]*)+(?:\?[\w\-.~!$&'()*+,;=:@%/?]*)?) HTTP\/1\.1\r\n/;
/** No white space but one before the value and what is within it; RFC 9110, section 5.5, without the bytes above ASCII. */
const HEADER = /([\w!#$%&'*+\-.^`|~]+): ?((?:[\x21-\x7e]+(?: [\x21-\x7e]+)*)?)\r\n/y;
const OCTET = "(?:\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])";
/** None that a URL would write otherwise, nor one that it would refuse. */
const HOST = new RegExp(
  `^(?:${OCTET}(?:\\.${OCTET}){3}|[a-z][a-z0-9]*(?:[-.][a-z][a-z0-9]*)*)(?::(?:[1-9]\\d{2,3}|[1-5]\\d{4}|6[0-4]\\d{3}))?$`,
);
const LENGTH = /^\d{1,7}$/;
/** What they ask for takes more than an answer, or another form of body. */
const UNUSUAL = new Set(["connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]);

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Of what was read; a name in lower case, as node:http has them. */
export interface PlainHead {
  readonly method: Method;
  /** Path and query, as they came. */
  readonly target: string;
  readonly host: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Plain extends PlainHead {
  /** UTF-8, decoded; empty when there is none. */
  readonly body: string;
}

/** @param bytes all that has come @returns undefined when that is not one whole request of this form, and nothing more */
export function readPlain(bytes: Buffer): Plain | undefined {
  const text = bytes.toString("latin1", 0, Math.min(bytes.length, MAX_HEAD_BYTES));
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = readHead(text, headEnd + 2);
  if (head === undefined) return undefined;
  const bodyStart = headEnd + HEAD_END.length;
  const length = lengthOf(head);
  if (length === undefined || bytes.length !== bodyStart + length) return undefined;
  return { ...head, body: length === 0 ? "" : decode(bytes, bodyStart) };
}

/** @param end of the last header's line */
function readHead(text: string, end: number): PlainHead | undefined {
  const line = REQUEST_LINE.exec(text);
  const method = line?.[1];
  const target = line?.[2];
  if (line === null || target === undefined || !isMethod(method)) return undefined;
  const headers: IncomingHttpHeaders = Object.create(null);
  HEADER.lastIndex = line[0].length;
  while (HEADER.lastIndex < end) {
    const header = HEADER.exec(text);
    if (header === null) return undefined;
    const [, written = "", value = ""] = header;
    const name = written.toLowerCase();
    if (headers[name] !== undefined || (UNUSUAL.has(name) && !isUsual(name, value))) return undefined;
    headers[name] = value;
  }
  const { host } = headers;
  if (host === undefined || !HOST.test(host)) return undefined;
  return { method, target, host, headers };
}

/** What many clients say all the same, and what is so anyway. */
function isUsual(name: string, value: string): boolean {
  return name === "connection" && value.toLowerCase() === "keep-alive";
}

/** Bytes of the body; undefined when it is none that this reads. */
function lengthOf({ method, headers }: PlainHead): number | undefined {
  const length = headers["content-length"];
  if (length === undefined) return 0;
  return LENGTH.test(length) && method !== "GET" ? Number(length) : undefined;
}

/** As `Request.text()`: without a byte order mark, and what is no UTF-8 replaced. */
function decode(bytes: Buffer, start: number): string {
  const marked = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
  return bytes.toString("utf8", marked ? start + 3 : start);
}

function isMethod(method: string | undefined): method is Method {
  return method !== undefined;
}
