/** Names a request: the client's own name for it when that is fit to be logged, else a new one. */
import { randomBytes } from "node:crypto";

const SANE = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

// A random prefix per process and a counter: as unique as a UUID, and cheaper.
const prefix = randomBytes(8).toString("hex");
let count = 0;

export function requestId(offered: unknown): string {
  return typeof offered === "string" && SANE.test(offered) ? offered : `${prefix}-${(++count).toString(36)}`;
}
