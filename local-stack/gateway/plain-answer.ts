/** The answer to a plain request, as it is sent: a head as `node:http` writes it, and text. RFC 9112. */
import { STATUS_CODES } from "node:http";
import type { TextAnswer } from "../../functions/http-status.ts";

/** RFC 9110, section 5.5, without the bytes above ASCII. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
/** What says where the answer ends, and whether the connection does, is not a function's to say. */
const FRAMING = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding"]);
/** RFC 9110, sections 15.3.5 and 15.4.5. */
const WITHOUT_BODY = new Set([204, 304]);
const MILLISECONDS = 1000;

/** What is the same for all that is sent in one second. */
class DateHeader {
  #second = 0;
  #text = "";

  read(): string {
    const second = Math.floor(Date.now() / MILLISECONDS);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * MILLISECONDS).toUTCString();
    }
    return this.#text;
  }
}

const date = new DateHeader();

/** Why the answer cannot be sent so; undefined when it can. */
export function faultOf({ status, headers }: TextAnswer): string | undefined {
  if (!Number.isInteger(status) || status < 200 || status > 599) return `no answer has the status ${status}`;
  for (const name in headers) if (!HEADER_VALUE.test(headers[name] ?? "\n")) return `header ${name} cannot be sent`;
  return undefined;
}

/** Of an answer without a fault. @param keepAlive milliseconds that the connection is kept; undefined when it ends with this answer */
export function plainAnswer(
  { status, headers, body }: TextAnswer,
  keepAlive: number | undefined,
): { readonly text: string; readonly encoding: "latin1" | "utf8" } {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
  for (const name in headers) if (!FRAMING.has(name)) head += `${name}: ${headers[name]}\r\n`;
  const kept =
    keepAlive === undefined ? "close" : `keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAlive / MILLISECONDS)}`;
  head += `Date: ${date.read()}\r\nConnection: ${kept}\r\n`;
  if (WITHOUT_BODY.has(status)) return { text: `${head}\r\n`, encoding: "latin1" };
  const content = body ?? "";
  const bytes = Buffer.byteLength(content);
  const text = `${head}content-length: ${bytes}\r\n\r\n${content}`;
  return { text, encoding: bytes === content.length ? "latin1" : "utf8" };
}
