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
    acknowledged: z.array(z.string()).meta({ description: "They have the outcome on disk." }),
    waiting_for: z.array(z.string()).meta({
      description:
        "While voting all of them; after a commit who has not acknowledged it; after an abort nobody: who missed it asks.",
    }),
    waiting_ms: z.int().nullable().meta({ description: "For so long; null when nobody is waited for." }),
  })
  .meta({ id: "Transaction" });
export type Transaction = z.infer<typeof Transaction>;

/** As the log of transactions has it. */
interface TransactionRecord {
  readonly id: string;
  readonly participants: readonly string[];
  readonly coordinator: string;
  readonly begun: number;
  readonly decision?: { readonly commit: boolean; readonly at: number; readonly reason: string } | undefined;
  readonly votes: Readonly<Record<string, z.infer<typeof Vote>>>;
  readonly untold: readonly string[];
}

/** @param now milliseconds since the epoch */
export function show(record: TransactionRecord, now: number): Transaction {
  const { id, participants, coordinator, begun, decision, votes, untold } = record;
  const waitingFor = decision?.commit === false ? [] : [...untold];
  const since = decision?.at ?? begun;
  return {
    id,
    state: decision === undefined ? "voting" : decision.commit ? "committed" : "aborted",
    coordinator,
    begun,
    decided: decision?.at ?? null,
    reason: decision?.reason ?? "",
    votes,
    acknowledged: participants.filter((name) => !untold.includes(name)),
    waiting_for: waitingFor,
    waiting_ms: waitingFor.length === 0 ? null : Math.max(0, now - since),
  };
}
