import * as z from "zod";
import { failureKinds } from "./failure-kind.ts";
import { readJson } from "./read-json.ts";

/** The answer to a query, as JSON on the wire. An absent `v` stands for undefined. */
export type QueryOutcome =
  /** `age`, of a stale answer: milliseconds since its state is known to have been the newest; absent when that was never known. */
  { readonly ok: true; readonly v?: unknown; readonly age?: number } | z.infer<typeof Failed>;

const Failed = z.object({ ok: z.literal(false), e: z.enum(failureKinds), m: z.string() }).readonly();

/** What cannot be read is a timeout to the asker: a query may be asked again. */
export function decodeQueryOutcome(bytes: Uint8Array): QueryOutcome {
  try {
    const outcome = readJson(bytes);
    return isAnswer(outcome) ? outcome : Failed.parse(outcome);
  } catch {
    return { ok: false, e: "Timeout", m: "the answer cannot be read" };
  }
}

/** By hand: a schema takes longer than all else that is done with an answer. */
function isAnswer(value: unknown): value is QueryOutcome & { readonly ok: true } {
  if (typeof value !== "object" || value === null) return false;
  const { ok, age }: Partial<Record<"ok" | "age", unknown>> = value;
  return ok === true && (age === undefined || (typeof age === "number" && age >= 0));
}
