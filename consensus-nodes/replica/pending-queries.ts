/**
 * Queries that wait for their state. A linearizable one waits for a read index, then until that is applied; one with `after`
 * only for the latter; a stale one for nothing. All that arrive in one turn share one read index.
 */
import type { QueryOutcome } from "../wire/query-outcome.ts";

export interface ReplicaQuery {
  readonly name: string;
  readonly input: unknown;
  /** Answer once this index is applied, without a read index. */
  readonly after?: number;
  readonly stale?: boolean;
}

interface Waiting {
  readonly query: ReplicaQuery;
  readonly reply: (outcome: QueryOutcome) => void;
}

interface Asked {
  readonly queries: readonly Waiting[];
  readonly expiry: number;
}

interface Indexed extends Waiting {
  readonly index: number;
  readonly expiry: number;
}

/** Queries held at most; beyond that they are refused. */
export const MAX_PENDING_QUERIES = 10_000;

export class PendingQueries {
  readonly #timeoutTicks: number;
  readonly #answer: (name: string, input: unknown) => QueryOutcome;
  #ticks = 0;
  #context: number;
  /** Not asked for yet. */
  #fresh: Waiting[] = [];
  /** By the context of their read index, oldest first. */
  readonly #asked = new Map<number, Asked>();
  /** Waiting until their index is applied. */
  #indexed: Indexed[] = [];
  /** Over all three; <= MAX_PENDING_QUERIES */
  #count = 0;

  /** @param epoch in [0, 2^31), another at each start: an answer to an earlier life must match no question of this one. */
  constructor(timeoutTicks: number, epoch: number, answer: (name: string, input: unknown) => QueryOutcome) {
    this.#timeoutTicks = timeoutTicks;
    this.#context = epoch * 2 ** 21;
    this.#answer = answer;
  }

  /** None waits for a read index. */
  get settled(): boolean {
    return this.#fresh.length === 0 && this.#asked.size === 0;
  }

  add(query: ReplicaQuery, reply: (outcome: QueryOutcome) => void, applied: number): void {
    if (query.stale || (query.after !== undefined && query.after <= applied)) {
      reply(this.#answer(query.name, query.input));
    } else if (this.#count >= MAX_PENDING_QUERIES) {
      reply({ ok: false, e: "Overloaded", m: "too many queries wait" });
    } else {
      this.#count++;
      if (query.after === undefined) this.#fresh.push({ query, reply });
      else this.#indexed.push({ query, reply, index: query.after, expiry: this.#ticks + this.#timeoutTicks });
    }
  }

  /** The context under which to ask for a read index for all fresh queries; undefined when there are none. Never the same twice. */
  nextContext(): number | undefined {
    if (this.#fresh.length === 0) return undefined;
    this.#context += 1;
    this.#asked.set(this.#context, { queries: this.#fresh, expiry: this.#ticks + this.#timeoutTicks });
    this.#fresh = [];
    return this.#context;
  }

  /** For those that were asked of an earlier leader: new contexts, in place of the old ones. */
  askAgain(): readonly number[] {
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    return asked.map((each) => {
      this.#context += 1;
      this.#asked.set(this.#context, each);
      return this.#context;
    });
  }

  confirm(context: number, index: number, applied: number): void {
    const asked = this.#asked.get(context);
    if (asked === undefined) return;
    this.#asked.delete(context);
    for (const waiting of asked.queries) this.#indexed.push({ ...waiting, index, expiry: asked.expiry });
    this.applied(applied);
  }

  fail(context: number): void {
    const asked = this.#asked.get(context);
    if (asked === undefined) return;
    this.#asked.delete(context);
    this.#refuse(asked.queries);
  }

  applied(index: number): void {
    if (this.#indexed.length === 0) return;
    const ready = this.#indexed.filter((waiting) => waiting.index <= index);
    if (ready.length === 0) return;
    this.#indexed = this.#indexed.filter((waiting) => waiting.index > index);
    this.#count -= ready.length;
    for (const { query, reply } of ready) reply(this.#answer(query.name, query.input));
  }

  tick(): void {
    this.#ticks += 1;
    for (const [context, { expiry }] of this.#asked) {
      if (expiry > this.#ticks) break;
      this.fail(context);
    }
    const late = this.#indexed.filter(({ expiry }) => expiry <= this.#ticks);
    if (late.length === 0) return;
    this.#indexed = this.#indexed.filter(({ expiry }) => expiry > this.#ticks);
    this.#refuse(late);
  }

  #refuse(queries: readonly Waiting[]): void {
    this.#count -= queries.length;
    for (const { reply } of queries) reply({ ok: false, e: "NoLeader", m: "no leader confirmed the read" });
  }
}
