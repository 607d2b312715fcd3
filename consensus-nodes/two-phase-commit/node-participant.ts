/** Another node, or this one, as a participant: asked and told over gRPC, on the node's own port. */
import { credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { DecisionPhaseClient, VotePhaseClient } from "../../proto/generated/twopc.ts";
import { channelOptions } from "../transport/channel-options.ts";
import type { Participant, ParticipantName, Patience, Told } from "./participant.ts";
import type { PhaseLog } from "./phase-log.ts";
import type { Vote } from "./promises.ts";

/** The stubs to one node; kept as long as the process lives. */
export class NodeStubs {
  readonly id: number;
  readonly vote: VotePhaseClient;
  readonly decision: DecisionPhaseClient;

  constructor(id: number, address: string) {
    this.id = id;
    this.vote = new VotePhaseClient(address, credentials.createInsecure(), channelOptions);
    this.decision = new DecisionPhaseClient(address, credentials.createInsecure(), channelOptions);
  }

  close(): void {
    this.vote.close();
    this.decision.close();
  }
}

export interface NodeParticipantOptions {
  readonly stubs: NodeStubs;
  readonly coordinator: string;
  /** Empty for one that only tells an outcome. */
  readonly operation: string;
  readonly log: PhaseLog;
  /** Told of each request besides, for applications that have a log of their own. */
  readonly onRequest?: (request: "vote" | "commit" | "abort") => void;
}

export class NodeParticipant implements Participant {
  readonly name: ParticipantName;
  readonly #options: NodeParticipantOptions;

  constructor(options: NodeParticipantOptions) {
    this.name = `node:${options.stubs.id}`;
    this.#options = options;
  }

  prepare(id: string, { timeout }: Patience): Promise<Vote> {
    const { stubs, coordinator, operation, log } = this.#options;
    log.sends("vote", "RequestVote", { phase: "vote", node: stubs.id });
    this.#options.onRequest?.("vote");
    return new Promise((resolve) => {
      const request = { transactionId: id, operation, coordinatorId: coordinator };
      stubs.vote.requestVote(request, new Metadata(), { deadline: Date.now() + timeout }, (error, reply) => {
        if (error) resolve({ yes: false, locked: false, reason: describe(error) });
        else if (reply.commit) resolve({ yes: true });
        else resolve({ yes: false, locked: reply.locked, reason: reply.reason });
      });
    });
  }

  tell(id: string, commit: boolean, { timeout }: Patience): Promise<Told> {
    const { stubs, coordinator, log } = this.#options;
    log.sends("decision", "GlobalDecision", { phase: "decision", node: stubs.id });
    this.#options.onRequest?.(commit ? "commit" : "abort");
    return new Promise((resolve) => {
      const decision = { transactionId: id, commit, coordinatorId: coordinator, reason: "" };
      stubs.decision.globalDecision(decision, new Metadata(), { deadline: Date.now() + timeout }, (error) => {
        if (!error) resolve({ kind: "acknowledged" });
        else if (error.code === status.FAILED_PRECONDITION) resolve({ kind: "contradiction", reason: error.details });
        else resolve({ kind: "unreached" });
      });
    });
  }
}

function describe({ code, details }: ServiceError): string {
  switch (code) {
    case status.UNAVAILABLE:
      return "cannot be reached";
    case status.DEADLINE_EXCEEDED:
      return "did not answer in time";
    default:
      return details;
  }
}
