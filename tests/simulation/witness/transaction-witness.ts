/** Sees every promise, decision and outcome of two-phase commit, and says at once when one contradicts another. */

import * as z from "zod";
import type { AppliedState } from "../../../consensus-nodes/replica/applied-state.ts";
import type { Batch, CommandOutcome } from "../../../consensus-nodes/wire/batch.ts";
import {
  DECIDE,
  Decide,
  GroupOutcome,
  GroupVote,
  PREPARE,
  Prepare,
} from "../../../consensus-nodes/wire/transaction-command.ts";
import { Violation } from "../world.ts";

const Named = z.object({ id: z.string() });
const Shown = z.object({ decision: z.object({ commit: z.boolean() }).optional() }).nullable();

export class TransactionWitness {
  /** As they were written first. */
  readonly decisions = new Map<string, boolean>();
  readonly #undecided = new Set<string>();
  /** `<participant> <id>`, and the outcome that it was told. */
  readonly #told = new Map<string, boolean>();

  /** An entry of the group is committed and applied. */
  applied(group: string, state: AppliedState, batch: Batch | undefined, outcomes: readonly CommandOutcome[]): void {
    if (group === "transactions") return this.#readDecisions(state, batch);
    batch?.c.forEach(([name, input], position) => {
      const outcome = outcomes[position];
      if (outcome === undefined || "e" in outcome) return;
      if (name === PREPARE && GroupVote.parse(outcome.v).yes) {
        const { id } = Prepare.parse(input);
        // A yes that is given again, to a message that came twice, promises nothing anew.
        if (state.waitingTransactions.includes(id)) this.#promised(`group:${group}`, id);
      }
      if (name !== DECIDE) return;
      const { id, commit } = Decide.parse(input);
      this.told(`group:${group}`, id, commit);
      const told = GroupOutcome.parse(outcome.v);
      if (!told.ok) this.contradicts(id, `group:${group}`, told.contradiction);
    });
  }

  told(participant: string, id: string, commit: boolean): void {
    if (this.decisions.get(id) !== commit) {
      throw new Violation(`${participant} is told ${word(commit)} of ${id}, which is decided ${this.#decision(id)}`);
    }
    this.#told.set(`${participant} ${id}`, commit);
  }

  /** Whether the participant was told so. */
  hasTold(participant: string, id: string, commit: boolean): boolean {
    return this.#told.get(`${participant} ${id}`) === commit;
  }

  /** A client. */
  answered(id: string, commit: boolean): void {
    if (this.decisions.get(id) !== commit) {
      throw new Violation(`a client is told ${word(commit)} of ${id}, which is decided ${this.#decision(id)}`);
    }
  }

  contradicts(id: string, participant: string, reason: string): never {
    throw new Violation(`${participant} contradicts the outcome of ${id}: ${reason}`);
  }

  #promised(participant: string, id: string): void {
    if (this.#told.get(`${participant} ${id}`) === false) {
      throw new Violation(`${participant} promises ${id} after it was told of the abort`);
    }
  }

  #readDecisions(state: AppliedState, batch: Batch | undefined): void {
    for (const [, input] of batch?.c ?? []) this.#undecided.add(Named.parse(input).id);
    // When time decided there is no batch, and any of them may be it.
    const concerned = batch === undefined ? [...this.#undecided] : batch.c.map(([, input]) => Named.parse(input).id);
    for (const id of concerned) {
      const shown = state.answer("show", { id });
      const decision = shown.ok ? Shown.parse(shown.v)?.decision : undefined;
      if (decision === undefined) continue;
      this.#undecided.delete(id);
      const first = this.decisions.get(id) ?? decision.commit;
      if (first !== decision.commit) throw new Violation(`transaction ${id} was decided twice, and differently`);
      this.decisions.set(id, first);
    }
  }

  #decision(id: string): string {
    const decision = this.decisions.get(id);
    return decision === undefined ? "not at all" : word(decision);
  }
}

const word = (commit: boolean) => (commit ? "commit" : "abort");
