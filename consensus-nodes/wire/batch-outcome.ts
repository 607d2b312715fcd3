import * as z from "zod";
import type { BatchOutcome } from "./batch.ts";
import { failureKinds } from "./failure-kind.ts";

const Failure = z.enum([...failureKinds, "NoSession"]);
export const CommandOutcome = z.union([
  z.object({ e: Failure, m: z.string() }),
  z.object({ v: z.unknown().optional() }),
]);

const Outcome: z.ZodType<BatchOutcome> = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), leader: z.int(), index: z.int(), results: z.array(CommandOutcome) }),
  z.object({
    ok: z.literal(false),
    refusal: z.enum(["NotLeader", "Overloaded", "Invalid", "Undecided"]),
    leader: z.int().nullable(),
    message: z.string(),
  }),
]);

/** Reads the JSON of a BatchOutcome. What cannot be read leaves the batch undecided. */
export function decodeBatchOutcome(bytes: Uint8Array): BatchOutcome {
  try {
    return Outcome.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return { ok: false, refusal: "Undecided", leader: null, message: "the answer cannot be read" };
  }
}
