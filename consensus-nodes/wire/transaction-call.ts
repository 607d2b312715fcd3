/** A transaction as functions ask for it: `core.transact([...])`, JSON both ways. */
import * as z from "zod";

export const MAX_OPERATIONS = 256;
/** Characters of an id; an idempotency key and what is put to it fit. */
export const MAX_TRANSACTION_ID = 300;

/** Characters of what a node is asked to do. */
export const MAX_NODE_OPERATION = 100_000;

const GroupOperation = z.object({
  group: z.string().min(1).max(64),
  command: z.string().min(1).max(64),
  input: z.unknown(),
});
/** `operation` is what the node's resources understand, as text. */
const NodeOperation = z.object({ node: z.int().min(0), operation: z.string().max(MAX_NODE_OPERATION) });

export const TransactionCall = z.object({
  /** To ask again under; made up when absent. */
  id: z.string().min(1).max(MAX_TRANSACTION_ID).optional(),
  operations: z
    .array(z.union([GroupOperation, NodeOperation]))
    .min(1)
    .max(MAX_OPERATIONS),
});
export type TransactionCall = z.infer<typeof TransactionCall>;
export type Operation = TransactionCall["operations"][number];

const Votes = z.record(z.string(), z.enum(["yes", "no", "none"]));

/** `acknowledged`: the participants (`group:queue`, `node:3`) that had it on disk before this reply; the others will. */
export const TransactionReply = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("committed"),
    id: z.string(),
    votes: Votes,
    acknowledged: z.array(z.string()),
    /** One per operation; null where there is none. */
    results: z.array(z.unknown()),
  }),
  z.object({
    kind: z.literal("aborted"),
    id: z.string(),
    votes: Votes,
    acknowledged: z.array(z.string()),
    reason: z.string(),
  }),
  /** Nothing was done. `reused`: the id belongs to other operations. */
  z.object({ kind: z.literal("refused"), id: z.string(), reused: z.boolean(), reason: z.string() }),
  /** May be committed or not; `core.outcome(id)` tells later. */
  z.object({ kind: z.literal("unknown"), id: z.string(), reason: z.string() }),
]);
export type TransactionReply = z.infer<typeof TransactionReply>;

/** Beside the reply: who leads the group `transactions`, as far as the node knows; null when it knows none, or does not say. */
export const TransactionHint = z.object({ leader: z.int().nullable().default(null) });

/** As the log of transactions has it, as far as one who asks for the outcome is concerned. */
const Recorded = z.object({
  id: z.string(),
  votes: Votes.default({}),
  decision: z.object({ commit: z.boolean(), reason: z.string() }).optional(),
  /** Absent from what was never begun. */
  begun: z.int().optional(),
});

export type TransactionOutcome =
  | { readonly kind: "committed"; readonly id: string; readonly votes: Readonly<z.infer<typeof Votes>> }
  | {
      readonly kind: "aborted";
      readonly id: string;
      readonly votes: Readonly<z.infer<typeof Votes>>;
      readonly reason: string;
    }
  /** Begun, and not decided. */
  | { readonly kind: "open"; readonly id: string }
  /** Never begun, or over for so long that it was forgotten. A request that is still on its way may begin it yet. */
  | { readonly kind: "absent"; readonly id: string };

export const TransactionOutcome = Recorded.transform(({ id, votes, decision, begun }): TransactionOutcome => {
  if (begun === undefined) return { kind: "absent", id };
  if (decision === undefined) return { kind: "open", id };
  return decision.commit ? { kind: "committed", id, votes } : { kind: "aborted", id, votes, reason: decision.reason };
});

/** The query of the group `transactions` that gives the record of one. */
export const SHOW = "show";

/** As a call of the core, a transaction is this name in the group `transactions`. */
export const TRANSACT = "$transact";
