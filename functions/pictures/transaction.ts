/** What transactions over pictures have in common. */
import type { PictureOperation } from "../../consensus-nodes/client/blob-channel.ts";
import type { Core, TransactionOperation } from "../../consensus-nodes/client/core.ts";
import { CoreError } from "../../consensus-nodes/client/core-failure.ts";

type TransactionReply = Awaited<ReturnType<Core["transact"]>>;
export type Decided = Extract<TransactionReply, { readonly kind: "committed" | "aborted" }>;

export function onNode(node: number, operation: PictureOperation): TransactionOperation {
  return { node, operation: JSON.stringify(operation) };
}

/** @throws {CoreError} when there is no decision, or none that is known */
export function decided(reply: TransactionReply): Decided {
  switch (reply.kind) {
    case "committed":
    case "aborted":
      return reply;
    case "unknown":
      throw new CoreError({ kind: "Unknown", led: true, message: reply.reason });
    case "refused":
      throw new CoreError({ kind: reply.reused ? "KeyReused" : "Overloaded", message: reply.reason });
  }
}
