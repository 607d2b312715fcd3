/**
 * Runs transactions: carries out what coordination.ts decides. It may die at any step; what it began is finished by the nodes
 * that lead the groups concerned (recovery.ts), for all that counts is in their logs.
 */
import * as z from "zod";
import type { CoreChannel, CoreReply } from "../client/core-channel.ts";
import type { Clock } from "./clock.ts";
import { Coordination, type ParticipantVote, type Step } from "./coordination.ts";
import type { Participant, ParticipantName, Told } from "./participant.ts";
import type { Vote } from "./promises.ts";

/** For all votes together. A participant that is later counts as a no. */
const VOTE_TIMEOUT_MS = 1000;
/** A vote that met another transaction's lock is asked for again after so long, within the time for votes. */
const LOCKED_RETRY_MS = 10;
/**
 * A transaction whose votes are not all there by then is begun in the log by itself; until then whoever asks about it would abort
 * it. Usually they are, and it is begun and decided by one entry. Much less than anybody waits before he asks (recovery.ts).
 */
const BEGIN_AFTER_MS = 100;
/** So long after one of this coordinator's transactions is known to have ended, the log surely remembers it. */
const REMEMBERED_MS = 20_000;
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
const Acknowledged = z.object({ ended: z.boolean() });
const DecisionReply = z.object({ commit: z.boolean() });
type Refusal = Extract<TransactionOutcome, { readonly kind: "refused" | "unknown" }>;

export class Coordinator {
  readonly #options: CoordinatorOptions;
  /** Of those that have ended, the last one that is known to have. */
  #ended: { readonly id: string; readonly at: number } | undefined;
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
    const { clock, onStep } = this.#options;
    // Before a vote is asked for: nobody can have decided anything yet.
    const after = request.fresh ? this.#remembered() : undefined;
    let beginning = after === undefined ? this.#begin(request) : undefined;
    if (!request.fresh && beginning !== undefined) {
      const begun = await beginning;
      // Decided before: the same decision again, told to whoever has not heard.
      if (begun.kind === "decided") return this.#tell(request, coordination, begun.commit);
      if (begun.kind !== "begun") return begun;
    }
    const cancel = clock.after(BEGIN_AFTER_MS, () => {
      beginning ??= this.#begin(request, after);
    });
    const step = await this.#vote(coordination, participants);
    cancel();
    const begun = await beginning;
    if (begun?.kind === "refused" || begun?.kind === "unknown") return begun;
    onStep("coordinator:voted", id);
    const commit = await this.#decide(
      coordination,
      step,
      begun === undefined ? { ...this.#beginning(request), after } : undefined,
    );
    if (commit === undefined) return { kind: "unknown", reason: "the decision was not confirmed in time" };
    return this.#tell(request, coordination, commit);
  }

  /** A transaction of which the log knows that it ended, and will for a while. */
  #remembered(): string | undefined {
    const { clock } = this.#options;
    return this.#ended !== undefined && clock.now() - this.#ended.at < REMEMBERED_MS ? this.#ended.id : undefined;
  }

  #beginning({ fingerprint, participants }: TransactionRequest): {
    readonly participants: readonly ParticipantName[];
    readonly fingerprint: string;
    readonly coordinator: string;
  } {
    return { participants: participants.map(({ name }) => name), fingerprint, coordinator: this.#options.name };
  }

  async #begin(
    request: TransactionRequest,
    after?: string,
  ): Promise<Refusal | { kind: "begun" } | { kind: "decided"; commit: boolean }> {
    const { id } = request;
    const reply = await this.#call("begin", {
      id,
      ...this.#beginning(request),
      timeout: DECISION_DEADLINE_MS,
      ...(after !== undefined && { after }),
    });
    if (!reply.ok) return { kind: "unknown", reason: reply.failure.message };
    const begun = Begun.safeParse(reply.value);
    // Nobody may be waiting yet: to reject would end the process.
    if (!begun.success) return { kind: "unknown", reason: "the answer of the log of transactions cannot be read" };
    const { outcome, decision } = begun.data;
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

  /** @param beginning of a transaction that was not begun: one entry then does both. */
  async #decide(coordination: Coordination, step: Step, beginning: unknown): Promise<boolean | undefined> {
    const { id, votes } = coordination;
    // Participants word their reasons themselves: too long a one must not keep the decision out of the log.
    const reason = coordination.reason?.slice(0, MAX_REASON) ?? "";
    const commit = step.type === "decide" && step.commit;
    const reply = await this.#call("decide", { id, commit, votes, reason, beginning }, DECIDE_TIMEOUT_MS);
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
      reason: coordination.reason ?? (commit ? "" : "the log of transactions has it aborted"),
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
      for (const acknowledgement of gathered) void this.#writeOff(acknowledgement);
    });
  }

  async #writeOff(acknowledgement: { readonly id: string }): Promise<void> {
    const reply = await this.#call("acknowledge", acknowledgement);
    if (!reply.ok || !Acknowledged.safeParse(reply.value).data?.ended) return;
    this.#ended = { id: acknowledgement.id, at: this.#options.clock.now() };
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
