/**
 * The header lines of a plain request: each name once, every value in ASCII (RFC 9110, section 5). A client sends the same ones
 * with each of its requests, up to the length of the body, so they are read once, and compared with what comes after them.
 *
 *     host: a\r\ncontent-length: 27\r\nprefer: return=minimal\r\n
 *     |----- before -----------|  |------------ after ----------|
 */
import type { IncomingHttpHeaders } from "node:http";
import { type Heard, headerOf, heardOf } from "../../functions/http-door.ts";

/** No white space but one before the value and what is within it; section 5.5, without the bytes above ASCII. */
const HEADER = /([\w!#$%&'*+\-.^`|~]+): ?((?:[\x21-\x7e]+(?: [\x21-\x7e]+)*)?)\r\n/y;
const OCTET = "(?:\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])";
/** None that a URL would write otherwise, nor one that it would refuse. */
const HOST = new RegExp(
  `^(?:${OCTET}(?:\\.${OCTET}){3}|[a-z][a-z0-9]*(?:[-.][a-z][a-z0-9]*)*)(?::(?:[1-9]\\d{2,3}|[1-5]\\d{4}|6[0-4]\\d{3}))?$`,
);
/** Of the number in a content-length. */
const MAX_DIGITS = 7;
const ZERO = "0".charCodeAt(0);
/** What they ask for takes more than an answer, or another form of body. */
const UNUSUAL = new Set(["connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]);

export class PlainHeaders {
  /** By name in lower case, as node:http has them; but for the length of the body, which is each request's own. */
  readonly values: Readonly<IncomingHttpHeaders>;
  readonly host: string;
  readonly #before: string;
  /** Undefined when no length is announced: then all is before. */
  readonly #after: string | undefined;
  #heard: Heard | undefined;

  /** @param lines each with its end @returns undefined when one has another form */
  static read(lines: string): PlainHeaders | undefined {
    const values: IncomingHttpHeaders = Object.create(null);
    let lengthAt: number | undefined;
    let lengthEnd = lines.length;
    HEADER.lastIndex = 0;
    while (HEADER.lastIndex < lines.length) {
      const header = HEADER.exec(lines);
      if (header === null) return undefined;
      const [, written = "", value = ""] = header;
      const name = written.toLowerCase();
      if (values[name] !== undefined || (UNUSUAL.has(name) && !isUsual(name, value))) return undefined;
      if (name === "content-length") {
        if (lengthAt !== undefined) return undefined;
        lengthEnd = HEADER.lastIndex - 2;
        lengthAt = lengthEnd - value.length;
      } else values[name] = value;
    }
    const { host } = values;
    if (host === undefined || !HOST.test(host)) return undefined;
    const after = lengthAt === undefined ? undefined : lines.slice(lengthEnd);
    return new PlainHeaders(values, host, lines.slice(0, lengthAt), after);
  }

  private constructor(values: IncomingHttpHeaders, host: string, before: string, after: string | undefined) {
    this.values = values;
    this.host = host;
    this.#before = before;
    this.#after = after;
  }

  /** What of it concerns a function. */
  get heard(): Heard {
    this.#heard ??= heardOf(headerOf(this.values));
    return this.#heard;
  }

  /**
   * Bytes of the body that lines like these announce, -1 for none.
   * @returns undefined when `text` has other lines between `start` and `end`
   */
  lengthIn(text: string, start: number, end: number): number | undefined {
    const before = this.#before;
    const after = this.#after;
    let at = start + before.length;
    if (at > end || text.slice(start, at) !== before) return undefined;
    if (after === undefined) return at === end ? -1 : undefined;
    const digitsEnd = end - after.length;
    if (at >= digitsEnd || digitsEnd - at > MAX_DIGITS || text.slice(digitsEnd, end) !== after) return undefined;
    let length = 0;
    for (; at < digitsEnd; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) return undefined;
      length = length * 10 + digit;
    }
    return length;
  }
}

/** What many clients say all the same, and what is so anyway. */
function isUsual(name: string, value: string): boolean {
  return name === "connection" && value.toLowerCase() === "keep-alive";
}
