/**
 * Runs transactions: carries out what coordination.ts decides. It may die at any step; what it began is finished by the nodes
 * that lead the groups concerned (recovery.ts), for all that counts is in their logs.
 */
import { z } from "zod";
import type { CoreChannel, CoreReply } from "../client/core-channel.ts";
import type { Clock } from "./clock.ts";
import { Coordination, type ParticipantVote, type Step } from "./coordination.ts";
import type { Participant, ParticipantName, Told } from "./participant.ts";
import type { Vote } from "./promises.ts";

/** For all votes together. A participant that is later counts as a no. */
const VOTE_TIMEOUT_MS = 1000;
/** A vote that met another transaction's lock is asked for again after so long, within the time for votes. */
const LOCKED_RETRY_MS = 10;
/** From begin; what is not decided by then the log of transactions aborts by itself. */
const DECISION_DEADLINE_MS = 1250;
const DECIDE_TIMEOUT_MS = 3000;
/** Acknowledgements gather for so long: one entry of the log then ends many transactions. Sooner than anybody tells them again. */
const ACKNOWLEDGE_AFTER_MS = 50;
/** Characters of a reason in the log of transactions. */
const MAX_REASON = 2000;
/** The caller waits so long for the participants to have carried it out; those who have not are told later. */
const TELL_TIMEOUT_MS = 500;

export interface TransactionRequest {
  /** Chosen by the caller when it wants to ask again under it. */
  readonly id: string;
  /** The id was made up for this request: nobody can have used it, so votes need not wait for the log. */
  readonly fresh: boolean;
  /** Of the operations. */
  readonly fingerprint: string;
  readonly participants: readonly Participant[];
}

export type TransactionOutcome =
  | {
      readonly kind: "committed" | "aborted";
      readonly votes: Readonly<Record<string, ParticipantVote>>;
      /** Why it was aborted. */
      readonly reason: string;
      /** By participant, who acknowledged in time, with the results of its commands. */
      readonly told: ReadonlyMap<ParticipantName, Told>;
    }
  /** The id was used with other operations, or there are too many transactions; nothing was done. */
  | { readonly kind: "refused"; readonly reused: boolean; readonly reason: string }
  /** No decision could be learnt in time; it can be asked for by the id. */
  | { readonly kind: "unknown"; readonly reason: string };

/** Where a coordinator may be made to die by a test; each is named for what has just happened. */
export type CoordinatorStep = "begun" | "voted" | "decided" | "told-one" | "told";

export interface CoordinatorOptions {
  /** Node id, as it stands in the log of transactions. */
  readonly name: string;
  readonly channel: CoreChannel;
  readonly clock: Clock;
  readonly onStep: (step: `coordinator:${CoordinatorStep}`, id: string) => void;
  readonly onContradiction: (id: string, participant: ParticipantName, reason: string) => void;
}

const Begun = z.object({ outcome: z.enum(["begun", "known", "conflict", "full"]), decision: z.boolean().nullable() });
const DecisionReply = z.object({ commit: z.boolean() });
type Refusal = Extract<TransactionOutcome, { readonly kind: "refused" | "unknown" }>;

export class Coordinator {
  readonly #options: CoordinatorOptions;
  /** Bounded by what ends within ACKNOWLEDGE_AFTER_MS. */
  #acknowledgements: { readonly id: string; readonly participants: readonly ParticipantName[] }[] = [];

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  async transact(request: TransactionRequest): Promise<TransactionOutcome> {
    const { id, participants } = request;
    const coordination = new Coordination(
      id,
      participants.map(({ name }) => name),
    );
    const beginning = this.#begin(request);
    if (!request.fresh) {
      const begun = await beginning;
      // Decided before: the same decision again, told to whoever has not heard.
      if (begun.kind === "decided") return this.#tell(request, coordination, begun.commit);
      if (begun.kind !== "begun") return begun;
    }
    const [begun, step] = await Promise.all([beginning, this.#vote(coordination, participants)]);
    if (begun.kind === "refused" || begun.kind === "unknown") return begun;
    this.#options.onStep("coordinator:voted", id);
    const commit = await this.#decide(coordination, step);
    if (commit === undefined) return { kind: "unknown", reason: "the decision was not confirmed in time" };
    return this.#tell(request, coordination, commit);
  }

  async #begin(
    request: TransactionRequest,
  ): Promise<Refusal | { kind: "begun" } | { kind: "decided"; commit: boolean }> {
    const { id, fingerprint, participants } = request;
    const reply = await this.#call("begin", {
      id,
      fingerprint,
      participants: participants.map(({ name }) => name),
      coordinator: this.#options.name,
      timeout: DECISION_DEADLINE_MS,
    });
    if (!reply.ok) return { kind: "unknown", reason: reply.failure.message };
    const { outcome, decision } = Begun.parse(reply.value);
    if (outcome === "conflict") {
      return { kind: "refused", reused: true, reason: `transaction ${id} was begun with other operations` };
    }
    if (outcome === "full") return { kind: "refused", reused: false, reason: "too many transactions are open" };
    this.#options.onStep("coordinator:begun", id);
    return decision === null ? { kind: "begun" } : { kind: "decided", commit: decision };
  }

  async #vote(coordination: Coordination, participants: readonly Participant[]): Promise<Step> {
    const { clock } = this.#options;
    const end = clock.now() + VOTE_TIMEOUT_MS;
    return new Promise<Step>((resolve) => {
      const cancel = clock.after(VOTE_TIMEOUT_MS, () => {
        const step = coordination.late();
        if (step !== undefined) resolve(step);
      });
      for (const participant of participants) {
        this.#askFor(participant, coordination, end).then((vote) => {
          const step = coordination.voted(participant.name, vote.yes, vote.yes ? "" : vote.reason);
          if (step === undefined) return;
          cancel();
          resolve(step);
        });
      }
    });
  }

  /** Asks again while another transaction is in the way: most locks pass within milliseconds. Two that wait for each other end by time. */
  async #askFor(participant: Participant, coordination: Coordination, end: number): Promise<Vote> {
    const { clock } = this.#options;
    for (;;) {
      const timeout = Math.max(1, end - clock.now());
      const vote = await participant.prepare(coordination.id, { timeout });
      const again = !vote.yes && vote.locked && coordination.state === "voting";
      if (!again || clock.now() + LOCKED_RETRY_MS >= end) return vote;
      await new Promise<void>((resolve) => clock.after(LOCKED_RETRY_MS * (0.5 + clock.random()), resolve));
    }
  }

  async #decide(coordination: Coordination, step: Step): Promise<boolean | undefined> {
    const { id, votes } = coordination;
    // Participants word their reasons themselves: too long a one must not keep the decision out of the log.
    const reason = coordination.reason?.slice(0, MAX_REASON) ?? "";
    const commit = step.type === "decide" && step.commit;
    const reply = await this.#call("decide", { id, commit, votes, reason }, DECIDE_TIMEOUT_MS);
    if (!reply.ok) return undefined;
    this.#options.onStep("coordinator:decided", id);
    return DecisionReply.parse(reply.value).commit;
  }

  async #tell(
    { id, participants }: TransactionRequest,
    coordination: Coordination,
    commit: boolean,
  ): Promise<TransactionOutcome> {
    coordination.decided(commit);
    const told = new Map<ParticipantName, Told>();
    await Promise.all(
      participants.map(async (participant) => {
        const answer = await participant.tell(id, commit, { timeout: TELL_TIMEOUT_MS });
        told.set(participant.name, answer);
        if (answer.kind === "contradiction") this.#options.onContradiction(id, participant.name, answer.reason);
        if (answer.kind !== "acknowledged") return;
        coordination.acknowledged(participant.name);
        this.#options.onStep("coordinator:told-one", id);
      }),
    );
    this.#options.onStep("coordinator:told", id);
    const acknowledged = [...told].filter(([, { kind }]) => kind === "acknowledged").map(([name]) => name);
    this.#acknowledge(id, acknowledged);
    return {
      kind: commit ? "committed" : "aborted",
      votes: coordination.votes,
      reason: coordination.reason ?? "",
      told,
    };
  }

  /** Nobody waits for this: what is not written off here is told once more. */
  #acknowledge(id: string, participants: readonly ParticipantName[]): void {
    this.#acknowledgements.push({ id, participants });
    if (this.#acknowledgements.length > 1) return;
    this.#options.clock.after(ACKNOWLEDGE_AFTER_MS, () => {
      const gathered = this.#acknowledgements;
      this.#acknowledgements = [];
      // Calls of one turn travel in one batch.
      for (const acknowledgement of gathered) void this.#call("acknowledge", acknowledgement);
    });
  }

  #call(name: "begin" | "decide" | "acknowledge", input: unknown, timeout?: number): Promise<CoreReply> {
    return this.#options.channel.call({
      group: "transactions",
      name,
      input,
      ...(timeout !== undefined && { timeout }),
    });
  }
}
