import * as z from "zod";
import { failureKinds } from "./failure-kind.ts";

/** The answer to a query, as JSON on the wire. An absent `v` stands for undefined. */
const Outcome = z.discriminatedUnion("ok", [
  /** `age`, of a stale answer: milliseconds since its state is known to have been the newest; absent when that was never known. */
  z.object({ ok: z.literal(true), v: z.unknown().optional(), age: z.number().min(0).optional() }),
  z.object({ ok: z.literal(false), e: z.enum(failureKinds), m: z.string() }),
]);
export type QueryOutcome = z.infer<typeof Outcome>;

/** What cannot be read is a timeout to the asker: a query may be asked again. */
export function decodeQueryOutcome(bytes: Uint8Array): QueryOutcome {
  try {
    return Outcome.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return { ok: false, e: "Timeout", m: "the answer cannot be read" };
  }
}
