/** The answer to a plain request, as it is sent: a head as `node:http` writes it, and text. RFC 9112. */
import { STATUS_CODES } from "node:http";
import type { TextAnswer } from "../../functions/http-status.ts";

/** RFC 9110, section 5.5: what a client could take for the end of a header is none of its value. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
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

/**
 * @param keepAlive milliseconds that the connection is kept for another request; undefined when it ends with this answer
 * @throws {Error} when a header's value cannot be sent
 */
export function plainAnswer(
  { status, headers, body }: TextAnswer,
  keepAlive: number | undefined,
): { readonly text: string; readonly encoding: "latin1" | "utf8" } {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? "";
    if (!HEADER_VALUE.test(value)) throw new Error(`header ${name} cannot be sent`);
    head += `${name}: ${value}\r\n`;
  }
  const kept =
    keepAlive === undefined ? "close" : `keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAlive / MILLISECONDS)}`;
  const bytes = body === null ? 0 : Buffer.byteLength(body);
  // RFC 9110, section 8.6.
  const length = status === 204 || status === 304 ? "" : `content-length: ${bytes}\r\n`;
  const text = `${head}Date: ${date.read()}\r\nConnection: ${kept}\r\n${length}\r\n${body ?? ""}`;
  return { text, encoding: bytes === (body?.length ?? 0) ? "latin1" : "utf8" };
}
