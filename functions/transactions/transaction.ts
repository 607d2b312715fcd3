import * as z from "zod";

/** The newest; older ones are found by their id. */
export const DEFAULT_LIMIT = 100;

const Vote = z.enum(["yes", "no", "none"]);

export const Transaction = z
  .object({
    id: z.string(),
    state: z.enum(["voting", "committed", "aborted"]),
    coordinator: z.string().meta({ description: "Id of the node that began it; empty when nobody did." }),
    begun: z.int().meta({ description: "Milliseconds since the epoch, like all times." }),
    decided: z.int().nullable().meta({ description: "Null while it is open." }),
    reason: z.string().meta({ description: "Why it was aborted." }),
    votes: z.record(z.string(), Vote).meta({ description: "By participant: group:queue, node:3." }),
    waiting_for: z
      .array(z.string())
      .meta({ description: "While voting: who has not voted as far as is known. Then: who has not acknowledged." }),
    waiting_ms: z.int().nullable().meta({ description: "For so long; null when nobody is waited for." }),
  })
  .meta({ id: "Transaction" });
export type Transaction = z.infer<typeof Transaction>;

/** As the log of transactions has it. */
interface TransactionRecord {
  readonly id: string;
  readonly coordinator: string;
  readonly begun: number;
  readonly decision?: { readonly commit: boolean; readonly at: number; readonly reason: string };
  readonly votes: Readonly<Record<string, z.infer<typeof Vote>>>;
  readonly untold: readonly string[];
}

/** @param now milliseconds since the epoch */
export function show(record: TransactionRecord, now: number): Transaction {
  const { id, coordinator, begun, decision, votes, untold } = record;
  const since = decision?.at ?? begun;
  return {
    id,
    state: decision === undefined ? "voting" : decision.commit ? "committed" : "aborted",
    coordinator,
    begun,
    decided: decision?.at ?? null,
    reason: decision?.reason ?? "",
    votes,
    waiting_for: [...untold],
    waiting_ms: untold.length === 0 ? null : Math.max(0, now - since),
  };
}
