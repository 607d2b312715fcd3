/** Sees everything that happens in a simulated bank, and says at once when a promise of two-phase commit is broken. */
import type { Trace } from "../../raft/harness/trace.ts";

export class Broken extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Broken";
  }
}

export class Witness {
  readonly #trace: Trace;
  readonly #now: () => number;
  /** As they were written first. */
  readonly decisions = new Map<string, boolean>();
  /** `<participant> <id>`, and the outcome that it was told. */
  readonly #told = new Map<string, boolean>();

  constructor(trace: Trace, now: () => number) {
    this.#trace = trace;
    this.#now = now;
  }

  happened(what: string, ...numbers: readonly number[]): void {
    this.#trace.add(Math.floor(this.#now() * 1000), what, ...numbers);
  }

  decided(id: string, commit: boolean): void {
    const first = this.decisions.get(id);
    if (first === undefined) {
      this.happened(`decided ${id}`, Number(commit));
      this.decisions.set(id, commit);
    } else if (first !== commit) throw new Broken(`transaction ${id} was decided twice, and differently`);
  }

  told(participant: string, id: string, commit: boolean): void {
    this.happened(`${participant} told ${id}`, Number(commit));
    if (this.decisions.get(id) !== commit) {
      throw new Broken(`${participant} was told ${name(commit)} of ${id}, which is decided ${this.#decision(id)}`);
    }
    this.#told.set(`${participant} ${id}`, commit);
  }

  promised(participant: string, id: string): void {
    this.happened(`${participant} promised ${id}`);
    if (this.#told.get(`${participant} ${id}`) === false) {
      throw new Broken(`${participant} promised ${id} after it was told of the abort`);
    }
  }

  answered(id: string, commit: boolean): void {
    this.happened(`client told ${id}`, Number(commit));
    if (this.decisions.get(id) !== commit) {
      throw new Broken(`a client was told ${name(commit)} of ${id}, which is decided ${this.#decision(id)}`);
    }
  }

  contradicted(id: string, participant: string, reason: string): void {
    throw new Broken(`${participant} contradicts the outcome of ${id}: ${reason}`);
  }

  #decision(id: string): string {
    const decision = this.decisions.get(id);
    return decision === undefined ? "not at all" : name(decision);
  }
}

const name = (commit: boolean) => (commit ? "commit" : "abort");
