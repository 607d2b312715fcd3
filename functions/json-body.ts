/**
 * A request's body as a JSON value, whatever the client calls it: many send JSON without saying so. Only what neither
 * is JSON nor might claim to be is of the wrong type.
 */
import type { Checked } from "./field-errors.ts";

/** What claims to be JSON, or is what clients say who say nothing: `curl -d` calls everything form-urlencoded. */
const JSON_LIKE = /^(?:[a-z]+\/(?:[a-z0-9.+-]+\+)?json|text\/plain|application\/x-www-form-urlencoded)\s*(?:;|$)/i;
/** An own key `__proto__`, plain or escaped: nobody means it, and merging it later is how prototypes get polluted. */
const SUSPICIOUS = /__proto__|\\u005f/i;
/** Deeper than any schema looks: what lies below is dropped unread. */
const MAX_DEPTH = 64;

export function parseJsonBody(text: string, contentType: string | undefined): Checked<unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const empty = text.trim() === "";
    if (!empty && contentType !== undefined && !JSON_LIKE.test(contentType)) {
      const detail = `it came as ${contentType}`;
      return { ok: false, failure: { kind: "UnsupportedType", error: "the body must be JSON", detail } };
    }
    const detail = empty ? "it is empty" : error instanceof Error ? error.message : String(error);
    return { ok: false, failure: { kind: "Malformed", error: "the body is not JSON", detail } };
  }
  if (SUSPICIOUS.test(text) && holdsPrototypeKey(value, 0)) {
    const detail = [{ path: "__proto__", message: "is not allowed as a key" }];
    return { ok: false, failure: { kind: "Invalid", error: "__proto__ is not allowed as a key", detail } };
  }
  return { ok: true, value };
}

function holdsPrototypeKey(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return false;
  if (Object.hasOwn(value, "__proto__")) return true;
  return Object.values(value).some((inner) => holdsPrototypeKey(inner, depth + 1));
}
