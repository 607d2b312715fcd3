/** W3C Trace Context, level 1: https://www.w3.org/TR/trace-context/#traceparent-header */

// version - trace id - parent id - flags; versions after 00 may append more.
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.{0,200})?$/;

export interface Traceparent {
  /** As it came. */
  readonly header: string;
  readonly traceId: string;
}

/** @returns undefined for what is no traceparent: the standard wants it ignored. */
export function parseTraceparent(header: unknown): Traceparent | undefined {
  if (typeof header !== "string") return undefined;
  const match = TRACEPARENT.exec(header);
  if (match === null) return undefined;
  const [, version, traceId, more] = match;
  if (traceId === undefined || (version === "00" && more !== undefined)) return undefined;
  return { header, traceId };
}
