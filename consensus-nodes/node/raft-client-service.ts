/**
 * proto/raft.proto on a node's own port: text through the log of the `journal` group. A follower passes it on to the leader.
 * Without a session: a command whose leader died on it is told as not committed, and is not tried again.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import type { ClientCommand, ClientReply, OperationRequest, OperationResponse } from "../../proto/generated/raft.ts";
import type { Batch, BatchOutcome } from "../wire/batch.ts";
import type { MemberGroup } from "./member-group.ts";

/** How long a command waits for a leader; a caller's earlier deadline holds. */
const PATIENCE_MS = 2500;
const RETRY_MS = 50;

type Appended = { readonly leader: string } & (
  | { readonly kind: "committed"; readonly index: number }
  | { readonly kind: "noLeader" | "undecided" }
  | { readonly kind: "invalid"; readonly message: string }
);

export class RaftClientService {
  readonly #journal: MemberGroup;
  readonly #onCall: (source: string) => void;

  /** @param onCall told the source of each call, as far as it names itself. */
  constructor(journal: MemberGroup, onCall: (source: string) => void) {
    this.#journal = journal;
    this.#onCall = onCall;
  }

  async clientRequest(
    call: ServerUnaryCall<ClientCommand, ClientReply>,
    answer: sendUnaryData<ClientReply>,
  ): Promise<void> {
    this.#onCall("client");
    const appended = await this.#append(call.request.command, "", patience(call));
    const { leader: leaderId } = appended;
    switch (appended.kind) {
      case "committed":
        return answer(null, { success: true, leaderId, commitIndex: appended.index, message: "Committed" });
      case "noLeader":
        return answer(null, { success: false, leaderId, commitIndex: 0, message: "No leader available" });
      case "undecided":
        return answer(null, { success: false, leaderId, commitIndex: 0, message: "Failed to reach majority" });
      case "invalid":
        return answer({ code: status.INVALID_ARGUMENT, details: appended.message });
    }
  }

  async submitOperation(
    call: ServerUnaryCall<OperationRequest, OperationResponse>,
    answer: sendUnaryData<OperationResponse>,
  ): Promise<void> {
    const { operation, sourceId } = call.request;
    this.#onCall(sourceId === "" ? "client" : sourceId);
    const appended = await this.#append(operation, sourceId, patience(call));
    const { leader: leaderId } = appended;
    switch (appended.kind) {
      case "committed":
        return answer(null, { success: true, result: `Committed at index ${appended.index}`, leaderId });
      case "noLeader":
        return answer(null, { success: false, result: "No leader available", leaderId });
      case "undecided":
        return answer(null, { success: false, result: "Failed to reach majority", leaderId });
      case "invalid":
        return answer({ code: status.INVALID_ARGUMENT, details: appended.message });
    }
  }

  async #append(text: string, source: string, patienceMs: number): Promise<Appended> {
    const batch: Batch = { n: 1, a: 1, c: [["append", { text, source }]] };
    const bytes = Buffer.from(JSON.stringify(batch));
    for (let waited = 0; ; waited += RETRY_MS) {
      const outcome = await new Promise<BatchOutcome>((resolve) => this.#journal.submit(bytes, true, resolve));
      const leader = outcome.leader === null ? "" : String(outcome.leader);
      if (outcome.ok) return { kind: "committed", index: outcome.index, leader };
      if (outcome.refusal === "Invalid") return { kind: "invalid", message: outcome.message, leader };
      if (outcome.refusal === "Undecided") return { kind: "undecided", leader };
      // Refused means that nothing was done: it may be tried again.
      if (waited >= patienceMs) return { kind: outcome.refusal === "NotLeader" ? "noLeader" : "undecided", leader };
      await delay(RETRY_MS);
    }
  }
}

function patience(call: { getDeadline(): Date | number }): number {
  const remaining = Number(call.getDeadline()) - Date.now();
  // Some of it is kept for the way back.
  return Number.isFinite(remaining) ? Math.min(PATIENCE_MS, remaining * 0.8) : PATIENCE_MS;
}
