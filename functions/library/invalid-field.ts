/** What a schema cannot see: a field that is against the rules of the library, as those against a schema are told. */
import type { Refusal } from "../failure.ts";

/** @param message goes on the sentence that begins with the field's name */
export function invalidField(path: string, message: string): Refusal<"Invalid"> {
  return { kind: "Invalid", error: `${path} ${message}`, detail: [{ path, message }] };
}
