/** What a coordinator sends to a group that takes part in a transaction: commands of every machine, beside its own. */
import * as z from "zod";
import { MAX_TRANSACTION_ID } from "./transaction-call.ts";

/** Commands of one transaction in one group. */
export const MAX_PREPARED_COMMANDS = 256;

const Id = z.string().min(1).max(MAX_TRANSACTION_ID);

/** Checks and locks; the outcome's value is a GroupVote. */
export const PREPARE = "$prepare";
export const Prepare = z.object({
  id: Id,
  commands: z
    .array(z.tuple([z.string(), z.unknown()]))
    .min(1)
    .max(MAX_PREPARED_COMMANDS),
});
export type Prepare = z.infer<typeof Prepare>;

/** Applies or drops what was prepared; the outcome's value is a GroupOutcome. */
export const DECIDE = "$decide";
export const Decide = z.object({ id: Id, commit: z.boolean() });
export type Decide = z.infer<typeof Decide>;

/** `locked`: another transaction is in the way; it may pass. */
export const GroupVote = z.union([
  z.object({ yes: z.literal(true) }),
  z.object({ yes: z.literal(false), locked: z.boolean(), reason: z.string() }),
]);
export type GroupVote = z.infer<typeof GroupVote>;

/** Results of the commands in order, when they were applied just now. `contradiction`: the group knows another outcome. */
export const GroupOutcome = z.union([
  z.object({ ok: z.literal(true), results: z.array(z.unknown()).optional() }),
  z.object({ ok: z.literal(false), contradiction: z.string() }),
]);
export type GroupOutcome = z.infer<typeof GroupOutcome>;
