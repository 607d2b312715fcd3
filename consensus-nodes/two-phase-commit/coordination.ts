/**
 * One transaction as its coordinator sees it: the pure half of two-phase commit on that side. It is told what happened and says
 * what to do next; it neither sends nor waits.
 *
 *     begin --------> voting ----all yes----> deciding(commit) --decision is logged--> telling --all told--> ended
 *     (logged with        `--a no, or late--> deciding(abort) ----------'
 *      the decision, or by itself when the votes take long)
 *
 * Presumed abort (Mohan and Lindsay): a transaction of which nothing is logged may still be aborted by anyone, by logging that.
 * So the first decision logged for an id is the decision, also when it is not the one this coordinator wanted.
 */
import { invariant } from "../raft/invariant.ts";

export type CoordinationState = "voting" | "deciding" | "telling" | "ended";

export type Step =
  /** Log this decision; the answer, which may be the other one, comes to `decided`. */
  | { readonly type: "decide"; readonly commit: boolean }
  /** Tell each participant. */
  | { readonly type: "tell"; readonly commit: boolean }
  | { readonly type: "end" };

export type ParticipantVote = "yes" | "no" | "none";

export class Coordination {
  readonly id: string;
  #state: CoordinationState = "voting";
  readonly #votes: Map<string, ParticipantVote>;
  readonly #untold: Set<string>;
  #reason: string | undefined;

  /** @throws {Error} without participants, or with one named twice. */
  constructor(id: string, participants: readonly string[]) {
    invariant(participants.length > 0, () => `transaction ${id} has no participants`);
    this.id = id;
    this.#votes = new Map(participants.map((participant) => [participant, "none"]));
    this.#untold = new Set(participants);
    invariant(this.#votes.size === participants.length, () => `transaction ${id} names a participant twice`);
  }

  get state(): CoordinationState {
    return this.#state;
  }

  get votes(): Readonly<Record<string, ParticipantVote>> {
    return Object.fromEntries(this.#votes);
  }

  /** Who voted no, or was late, and why; undefined when nobody. */
  get reason(): string | undefined {
    return this.#reason;
  }

  get untold(): readonly string[] {
    return [...this.#untold];
  }

  voted(participant: string, yes: boolean, reason: string): Step | undefined {
    if (this.#state !== "voting" || this.#votes.get(participant) !== "none") return undefined;
    this.#votes.set(participant, yes ? "yes" : "no");
    if (!yes) {
      this.#reason = `${participant}: ${reason}`;
      return this.#decide(false);
    }
    return [...this.#votes.values()].every((vote) => vote === "yes") ? this.#decide(true) : undefined;
  }

  /** Time for voting is up: who has not answered counts as a no. */
  late(): Step | undefined {
    if (this.#state !== "voting") return undefined;
    const missing = [...this.#votes].filter(([, vote]) => vote === "none").map(([participant]) => participant);
    this.#reason = `no vote in time from ${missing.join(", ")}`;
    return this.#decide(false);
  }

  /** What stands in the log. */
  decided(commit: boolean): Step | undefined {
    if (this.#state === "telling" || this.#state === "ended") return undefined;
    this.#state = "telling";
    return { type: "tell", commit };
  }

  acknowledged(participant: string): Step | undefined {
    this.#untold.delete(participant);
    if (this.#state !== "telling" || this.#untold.size > 0) return undefined;
    this.#state = "ended";
    return { type: "end" };
  }

  #decide(commit: boolean): Step {
    this.#state = "deciding";
    return { type: "decide", commit };
  }
}
