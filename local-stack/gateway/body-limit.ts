/** No request's body is longer than it may be, whatever it says of its length. */
import type { Failure } from "../../functions/failure.ts";
import type { HttpContext } from "../runtimes/runtime.ts";

const MEBIBYTE = 1024 * 1024;
/** Where a function does not say otherwise. */
export const MAX_BODY_BYTES = MEBIBYTE;

export function tooLarge(limit: number): Failure {
  const error = `the body is larger than ${Math.floor(limit / MEBIBYTE)} MiB`;
  return { kind: "TooLarge", error, detail: `at most ${limit} bytes` };
}

/** Of a body that is too long so much is read and dropped: a client listens for the answer when it has sent all. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;

/** Reading the body throws it. */
export class BodyTooLarge extends Error {}

/** @returns false when the body is known to be too long. One of unknown length is counted while it is read. */
export function limitBody(c: HttpContext, limit: number): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = c.env.incoming.headers;
  if (length !== undefined) return Number(length) <= limit;
  if (encoding === undefined) return true;
  const { body, url, method, headers } = c.req.raw;
  if (body === null) return true;
  let bytes = 0;
  const counted = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes <= limit) controller.enqueue(chunk);
        else if (bytes > MAX_DROPPED_BYTES) controller.error(new BodyTooLarge());
      },
      flush(controller) {
        if (bytes > limit) controller.error(new BodyTooLarge());
      },
    }),
  );
  c.req.raw = new Request(url, { method, headers, body: counted, duplex: "half" });
  return true;
}
