/**
 * A request that has nothing unusual about it: HTTP/1.1 (RFC 9112), all of it in one piece, a body of known length or none, every
 * header once. Such are nearly all that a client of JSON functions sends, and to read them takes a third of what `node:http` takes
 * for the general case. What is not of this form is not refused but left to `node:http`, which has to see it from its first byte:
 * so this may be strict, and need not know what else HTTP allows.
 */
import { PlainHeaders } from "./plain-headers.ts";

const HEAD_END = "\r\n\r\n";
/** Bytes of a head; node:http has the same limit, and answers what is longer. */
const MAX_HEAD_BYTES = 16 * 1024;
/** Characters of header lines that are kept for the next request: more than most clients send, little for each connection. */
const MAX_KEPT = 2 * 1024;
/** No escapes in the path, and no segment that begins with a dot: nothing in it that could be written otherwise. */
const REQUEST_LINE =
  /^(GET|POST|PUT|PATCH|DELETE) ((?:\/(?!\.)[\w\-.~!$&'()*+,;=:@]*)+(?:\?[\w\-.~!$&'()*+,;=:@%/?]*)?) HTTP\/1\.1\r\n/;

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Plain {
  readonly method: Method;
  /** Path and query, as they came. */
  readonly target: string;
  readonly headers: PlainHeaders;
  /** UTF-8, decoded; empty when there is none. */
  readonly body: string;
}

/** The requests of one connection. */
export class PlainReader {
  /** Of the request before. */
  #headers: PlainHeaders | undefined;

  /** @param bytes all that has come @returns undefined when that is not one whole request of this form, and nothing more */
  read(bytes: Buffer): Plain | undefined {
    const text = bytes.toString("latin1", 0, Math.min(bytes.length, MAX_HEAD_BYTES));
    const headEnd = text.indexOf(HEAD_END);
    if (headEnd < 0) return undefined;
    const line = REQUEST_LINE.exec(text);
    const method = line?.[1];
    const target = line?.[2];
    if (line === null || target === undefined || !isMethod(method)) return undefined;
    const start = line[0].length;
    const end = headEnd + 2;
    let headers = this.#headers;
    let length = headers?.lengthIn(text, start, end);
    if (length === undefined) {
      headers = readHeaders(text, start, end);
      length = headers?.lengthIn(text, start, end);
      if (end - start <= MAX_KEPT) this.#headers = headers;
    }
    if (headers === undefined || length === undefined || (method === "GET" && length >= 0)) return undefined;
    const bodyStart = headEnd + HEAD_END.length;
    if (bytes.length !== bodyStart + Math.max(0, length)) return undefined;
    return { method, target, headers, body: length <= 0 ? "" : decode(bytes, bodyStart) };
  }
}

function readHeaders(text: string, start: number, end: number): PlainHeaders | undefined {
  // A copy: a part of a text keeps all of the text, which may have a body.
  return PlainHeaders.read(Buffer.from(text.slice(start, end), "latin1").toString("latin1"));
}

/** As `Request.text()`: without a byte order mark, and what is no UTF-8 replaced. */
function decode(bytes: Buffer, start: number): string {
  const marked = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
  return bytes.toString("utf8", marked ? start + 3 : start);
}

function isMethod(method: string | undefined): method is Method {
  return method !== undefined;
}
