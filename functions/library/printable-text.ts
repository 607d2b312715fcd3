/** Names that people read, in lists and calendars: no control characters, no line breaks. */
import * as z from "zod";

export const PrintableText = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, "must have no control characters");
