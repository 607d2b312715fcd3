import * as z from "zod";
import type { BatchOutcome } from "./batch.ts";
import { failureKinds } from "./failure-kind.ts";
import { readJson } from "./read-json.ts";

const failures = [...failureKinds, "NoSession"] as const;
export const CommandOutcome = z.union([
  z.object({ e: z.enum(failures), m: z.string() }),
  z.object({ v: z.unknown().optional() }),
]);

const Refused = z.object({
  ok: z.literal(false),
  refusal: z.enum(["NotLeader", "Overloaded", "Invalid", "Undecided"]),
  leader: z.int().nullable(),
  message: z.string(),
});
const failureNames: ReadonlySet<unknown> = new Set(failures);

/** Reads the JSON of a BatchOutcome. What cannot be read leaves the batch undecided. */
export function decodeBatchOutcome(bytes: Uint8Array): BatchOutcome {
  try {
    const outcome = readJson(bytes);
    return isDone(outcome) ? outcome : Refused.parse(outcome);
  } catch {
    return { ok: false, refusal: "Undecided", leader: null, message: "the answer cannot be read" };
  }
}

/** By hand: every command has its result looked at, and a schema takes ten times as long for it. */
function isDone(value: unknown): value is BatchOutcome & { readonly ok: true } {
  if (typeof value !== "object" || value === null) return false;
  const outcome: Partial<Record<"ok" | "leader" | "index" | "results", unknown>> = value;
  return (
    outcome.ok === true &&
    Number.isSafeInteger(outcome.leader) &&
    Number.isSafeInteger(outcome.index) &&
    Array.isArray(outcome.results) &&
    outcome.results.every(isResult)
  );
}

function isResult(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { e, m }: Partial<Record<"e" | "m", unknown>> = value;
  return e === undefined || (failureNames.has(e) && typeof m === "string");
}
