/** The doors of two-phase commit on one node (proto/twopc.proto). */
import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import type {
  Ack,
  BeginRequest,
  CoordinatorControlServer,
  Decision,
  DecisionPhaseServer,
  PreparedState,
  Transaction,
  VotePhaseServer,
  VoteReply,
} from "../../proto/generated/twopc.ts";
import {
  MAX_NODE_OPERATION,
  MAX_TRANSACTION_ID,
  type TransactionCall,
  type TransactionReply,
} from "../wire/transaction-call.ts";
import type { LocalParticipant } from "./local-participant.ts";
import type { PhaseLog } from "./phase-log.ts";

/** Characters of a node's name. */
const MAX_NODE_NAME = 128;

export interface TransactionServiceOptions {
  readonly id: number;
  /** All nodes there are. */
  readonly nodes: () => readonly number[];
  readonly participant: LocalParticipant;
  readonly transact: (call: TransactionCall) => Promise<TransactionReply>;
  readonly log: PhaseLog;
  readonly onFailure: (error: unknown) => void;
}

export class TransactionService {
  readonly #options: TransactionServiceOptions;

  constructor(options: TransactionServiceOptions) {
    this.#options = options;
  }

  get votePhase(): VotePhaseServer {
    return { requestVote: (call, answer) => this.#settle(this.#requestVote(call), answer) };
  }

  get decisionPhase(): DecisionPhaseServer {
    return {
      globalDecision: (call, answer) => this.#settle(this.#globalDecision(call), answer),
      recordPrepared: (call, answer) => this.#settle(Promise.resolve(this.#recordPrepared(call.request)), answer),
    };
  }

  get coordinatorControl(): CoordinatorControlServer {
    return { begin: (call, answer) => this.#settle(this.#begin(call), answer) };
  }

  async #requestVote({ request }: ServerUnaryCall<Transaction, VoteReply>): Promise<VoteReply> {
    const { transactionId, operation, coordinatorId } = request;
    const { id, participant, log } = this.#options;
    requireId(transactionId);
    requireAtMost("operation", operation, MAX_NODE_OPERATION);
    requireAtMost("coordinator_id", coordinatorId, MAX_NODE_NAME);
    log.runs("vote", "RequestVote", { phase: "vote", node: coordinatorId });
    const vote = await participant.prepare(transactionId, coordinatorId, operation);
    const nodeId = String(id);
    if (!vote.yes) return { nodeId, commit: false, reason: vote.reason, locked: vote.locked };
    // Both phases are one process here, and what one has on disk the other knows: the call never leaves it.
    log.sends("vote", "RecordPrepared", { phase: "decision", node: id });
    log.runs("decision", "RecordPrepared", { phase: "vote", node: id });
    return { nodeId, commit: true, reason: "", locked: false };
  }

  async #globalDecision({ request }: ServerUnaryCall<Decision, Ack>): Promise<Ack> {
    const { transactionId, commit, coordinatorId } = request;
    const { id, participant, log } = this.#options;
    requireId(transactionId);
    log.runs("decision", "GlobalDecision", { phase: "decision", node: coordinatorId });
    const outcome = await participant.decide(transactionId, commit);
    if (outcome.kind === "contradiction") throw new Refused(status.FAILED_PRECONDITION, outcome.reason);
    return { nodeId: String(id), message: `Transaction ${transactionId} ${commit ? "committed" : "aborted"}` };
  }

  #recordPrepared({ transactionId, prepared }: PreparedState): Ack {
    const { id, log } = this.#options;
    requireId(transactionId);
    log.runs("decision", "RecordPrepared", { phase: "vote", node: id });
    return { nodeId: String(id), message: `Transaction ${transactionId} ${prepared ? "prepared" : "not prepared"}` };
  }

  async #begin({ request }: ServerUnaryCall<BeginRequest, Decision>): Promise<Decision> {
    const { transactionId, operation, participantIds } = request;
    if (transactionId !== "") requireId(transactionId);
    requireAtMost("operation", operation, MAX_NODE_OPERATION);
    const reply = await this.#options.transact({
      ...(transactionId !== "" && { id: transactionId }),
      operations: this.#participants(participantIds).map((node) => ({ node, operation })),
    });
    switch (reply.kind) {
      case "committed":
      case "aborted": {
        const reason = reply.kind === "aborted" ? reply.reason : "";
        const commit = reply.kind === "committed";
        return { transactionId: reply.id, commit, coordinatorId: String(this.#options.id), reason };
      }
      case "refused":
        throw new Refused(reply.reused ? status.ALREADY_EXISTS : status.RESOURCE_EXHAUSTED, reply.reason);
      case "unknown":
        throw new Refused(status.UNAVAILABLE, `the outcome of transaction ${reply.id} is unknown: ${reply.reason}`);
    }
  }

  #participants(ids: readonly string[]): number[] {
    if (ids.length === 0) throw new Refused(status.INVALID_ARGUMENT, "participant_ids must name a participant");
    const nodes = ids.map((id) => {
      const node = /^\d{1,4}$/.test(id) ? Number(id) : undefined;
      if (node === undefined || !this.#options.nodes().includes(node)) {
        throw new Refused(status.INVALID_ARGUMENT, `participant_ids: there is no node ${JSON.stringify(id)}`);
      }
      return node;
    });
    const twice = nodes.find((node, position) => nodes.indexOf(node) !== position);
    if (twice !== undefined) throw new Refused(status.INVALID_ARGUMENT, `participant_ids names node ${twice} twice`);
    return nodes;
  }

  #settle<T>(work: Promise<T>, answer: sendUnaryData<T>): void {
    work.then(
      (reply) => answer(null, reply),
      (error: unknown) => {
        if (error instanceof Refused) return answer({ code: error.code, details: error.message });
        this.#options.onFailure(error);
        answer({ code: status.INTERNAL, details: "the node failed; its log has the reason" });
      },
    );
  }
}

/** An answer with a status of its own. */
class Refused extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

function requireAtMost(field: string, text: string, most: number): void {
  if (text.length > most) throw new Refused(status.INVALID_ARGUMENT, `${field} must be at most ${most} characters`);
}

function requireId(id: string): void {
  if (id === "" || id.length > MAX_TRANSACTION_ID) {
    throw new Refused(status.INVALID_ARGUMENT, `transaction_id must be 1 to ${MAX_TRANSACTION_ID} characters`);
  }
}
