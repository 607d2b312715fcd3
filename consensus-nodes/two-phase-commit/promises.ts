/**
 * What a participant has promised: the pure half of two-phase commit on its side (Gray, "Notes on Data Base Operating Systems",
 * 5.8.3.3). Both kinds of participants hold one, a group inside its replicated state, a blob replica beside its own log; it
 * changes only by what stands in that log, in order.
 *
 *     nothing --prepare--> prepared (keys locked) --commit--> committed
 *        |                     `--------abort-------------.
 *        `------------------abort-------------------------> aborted; a prepare that comes later is refused
 */
import { invariant } from "../raft/invariant.ts";

/** Outcomes are remembered so long by the log's clock, to answer what is repeated or late. */
const OUTCOME_LIFETIME_MS = 24 * 3600 * 1000;
/** Outcomes remembered at most; the oldest go first. */
export const MAX_OUTCOMES = 100_000;
/** Transactions prepared at once at most: each holds locks and its redo. */
export const MAX_PREPARED = 10_000;

export interface Preparation<Redo> {
  readonly id: string;
  /** Locked until the outcome is known. */
  readonly keys: readonly string[];
  /** What to carry out on commit: a JSON value. */
  readonly redo: Redo;
}

export type Vote =
  | { readonly yes: true }
  /** `locked`: by another transaction; it may pass. */
  | { readonly yes: false; readonly locked: boolean; readonly reason: string };

export type Decided<Redo> =
  /** Was prepared: now carry `redo` out, when it is a commit. */
  | { readonly kind: "decided"; readonly redo: Redo }
  /** Told before, or of a transaction that was never prepared here and is aborted. */
  | { readonly kind: "repeated" }
  /** A commit after an abort, an abort after a commit, a commit of what was never promised. */
  | { readonly kind: "contradiction"; readonly reason: string };

export interface PromisesOptions {
  /**
   * Takes note of a commit of what was never prepared here, instead of calling it a contradiction: a node's decision door is open
   * to coordinators that ask it for no vote. A group is never told one.
   */
  readonly acceptUnprepared?: boolean;
}

export class Promises<Redo> {
  readonly #options: PromisesOptions;
  /** By id, oldest first. size <= MAX_PREPARED */
  readonly #prepared = new Map<string, Preparation<Redo>>();
  /** Key to the id of the transaction that holds it. Exactly the keys of #prepared. */
  readonly #locks = new Map<string, string>();
  /** In order of time. size <= MAX_OUTCOMES */
  readonly #outcomes = new Map<string, { readonly commit: boolean; readonly time: number }>();

  constructor(options: PromisesOptions = {}) {
    this.#options = options;
  }

  /** Ids of the transactions that wait for their outcome, oldest first. */
  get prepared(): Iterable<string> {
    return this.#prepared.keys();
  }

  /** What to carry out when `id`, which is prepared, is committed. */
  redo(id: string): Redo | undefined {
    return this.#prepared.get(id)?.redo;
  }

  /** Whether any key is. */
  get locked(): boolean {
    return this.#locks.size > 0;
  }

  /** The transaction that holds one of the keys. */
  holder(keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const id = this.#locks.get(key);
      if (id !== undefined) return id;
    }
    return undefined;
  }

  /** True or false when the outcome is known here. */
  outcome(id: string): boolean | undefined {
    return this.#outcomes.get(id)?.commit;
  }

  /** The vote that holds already, for a prepare that is repeated or late. */
  earlierVote(preparation: Preparation<Redo>): Vote | undefined {
    const { id, redo } = preparation;
    const known = this.#prepared.get(id);
    if (known !== undefined) {
      if (JSON.stringify(known.redo) === JSON.stringify(redo)) return { yes: true };
      return { yes: false, locked: false, reason: `transaction ${id} was prepared with other operations` };
    }
    const outcome = this.#outcomes.get(id);
    if (outcome === undefined) return undefined;
    return outcome.commit ? { yes: true } : { yes: false, locked: false, reason: `transaction ${id} was aborted` };
  }

  /** Promises, unless something stands against it. A yes must be durable before it is told. */
  prepare(preparation: Preparation<Redo>): Vote {
    const { id, keys } = preparation;
    const earlier = this.earlierVote(preparation);
    if (earlier !== undefined) return earlier;
    const holder = this.holder(keys);
    if (holder !== undefined) return { yes: false, locked: true, reason: `locked by transaction ${holder}` };
    if (this.#prepared.size >= MAX_PREPARED) {
      return { yes: false, locked: true, reason: "too many transactions are prepared" };
    }
    this.#prepared.set(id, preparation);
    for (const key of keys) this.#locks.set(key, id);
    return { yes: true };
  }

  /** Takes the outcome, at `time` in milliseconds since the epoch, by the log. What it changes must be durable together with it, before it is acknowledged. */
  decide(id: string, commit: boolean, time: number): Decided<Redo> {
    const known = this.#outcomes.get(id);
    if (known !== undefined) {
      if (known.commit === commit) return { kind: "repeated" };
      return { kind: "contradiction", reason: `transaction ${id} is ${known.commit ? "committed" : "aborted"}` };
    }
    const preparation = this.#prepared.get(id);
    if (preparation === undefined) {
      if (commit && !this.#options.acceptUnprepared) {
        return { kind: "contradiction", reason: `transaction ${id} was never prepared here` };
      }
      this.#remember(id, commit, time);
      return { kind: "repeated" };
    }
    this.#prepared.delete(id);
    for (const key of preparation.keys) {
      invariant(
        this.#locks.get(key) === id,
        () => `lock ${key} should be held by ${id}, is by ${this.#locks.get(key)}`,
      );
      this.#locks.delete(key);
    }
    this.#remember(id, commit, time);
    return { kind: "decided", redo: preparation.redo };
  }

  /** As JSON values, for a snapshot. */
  capture(): readonly unknown[] {
    const prepared = [...this.#prepared.values()].map((preparation) => ["prepared", preparation]);
    return [...prepared, ...[...this.#outcomes].map(([id, { commit, time }]) => ["outcome", id, commit, time])];
  }

  /** Puts back a promise as it was captured. */
  restorePrepared(preparation: Preparation<Redo>): void {
    this.#prepared.set(preparation.id, preparation);
    for (const key of preparation.keys) this.#locks.set(key, preparation.id);
  }

  /** Puts back an outcome as it was captured; in the order in which they were captured. */
  restoreOutcome(id: string, commit: boolean, time: number): void {
    this.#outcomes.set(id, { commit, time });
  }

  #remember(id: string, commit: boolean, time: number): void {
    this.#outcomes.set(id, { commit, time });
    for (const [oldest, { time: told }] of this.#outcomes) {
      if (told + OUTCOME_LIFETIME_MS > time && this.#outcomes.size <= MAX_OUTCOMES) break;
      this.#outcomes.delete(oldest);
    }
  }
}
