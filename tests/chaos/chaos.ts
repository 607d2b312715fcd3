/**
 * A run: load all the time, faults one after the other and now and then two at once, then rest, then the verdict.
 *
 *     load     ──────────────────────────────────────────────┐ ended, everything read once more
 *     faults        ├─kill─┤     ├──partition──┤              │
 *                 enough   │   ├─pause──┤      │              │
 *               successes  every client succeeds again, and all nodes take part
 *               before     within a time
 *
 * A fault counts when there was load before it, when it was seen to happen, and when afterwards all went on in time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../consensus/raft/harness/random.ts";
import { type ChaosStack, NODES, until } from "./chaos-stack.ts";
import type { Fault, Injected } from "./faults/fault.ts";
import { mendLinks } from "./faults/partitions.ts";
import type { Load } from "./load.ts";

/** Successes per second of all clients, before a fault. */
const LEAST_RATE = 20;
const RATE_OVER_MS = 500;
const RATE_WITHIN_MS = 30_000;
/** From the end of a fault until every client has succeeded. A node that died often waits 5 s before it is started. */
const PROGRESS_WITHIN_MS = 15_000;
/** From the end of a fault until every node runs, answers, and knows a leader of every group. */
const WHOLE_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;
/** Milliseconds between two faults. */
const CALM = [200, 1500] as const;
const TWO_AT_ONCE = 0.3;

export interface FaultRecord {
  readonly kind: string;
  readonly what: string;
  /** By performance.now(): when it was made, ended, and when all clients had succeeded again. */
  readonly from: number;
  readonly healed: number;
  readonly recovered: number;
}

export interface ChaosOptions {
  readonly stack: ChaosStack;
  readonly load: Load;
  readonly faults: readonly Fault[];
  readonly seed: number;
  /** Milliseconds within which faults are begun, and how many there are at least, however long they take. */
  readonly milliseconds: number;
  readonly faultsAtLeast?: number;
  readonly progress: (line: string) => void;
  /** Ends the faults early. */
  readonly interrupted?: AbortSignal;
}

export interface ChaosResult {
  readonly records: readonly FaultRecord[];
  /** Promises broken while it ran: no progress, a node that did not come back, a fault without its effect. */
  readonly failures: readonly string[];
  /** Nodes that have lost their disk and take no part. */
  readonly lost: ReadonlySet<number>;
}

export class Chaos {
  readonly #options: ChaosOptions;
  readonly #random: Random;
  readonly #busy = new Set<number>();
  readonly #lost = new Set<number>();
  readonly #records: FaultRecord[] = [];
  readonly #failures: string[] = [];
  #begun = 0;

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#random = new Random(options.seed).split("faults");
  }

  async run(): Promise<ChaosResult> {
    const { milliseconds, faultsAtLeast = 0, interrupted } = this.#options;
    this.#begun = performance.now();
    const end = this.#begun + milliseconds;
    const enough = () => performance.now() >= end && this.#records.length >= faultsAtLeast;
    while (!enough() && this.#failures.length === 0 && interrupted?.aborted !== true) {
      await sleep(this.#random.integer(...CALM));
      await this.#attempt(() => this.#enoughLoad());
      await this.#faults();
      await this.#attempt(() => this.#whole());
    }
    // A fault that failed half way may have left something behind.
    await this.#attempt(() => mendLinks(this.#options.stack));
    return { records: this.#records, failures: this.#failures, lost: this.#lost };
  }

  /** One, or a second one beside it as soon as the first has happened. */
  async #faults(): Promise<void> {
    const [first, second] = [this.#draw(NODES), this.#random.chance(TWO_AT_ONCE) ? this.#draw(2) : undefined];
    if (first === undefined) throw new Error("no fault can be had");
    const happened = Promise.withResolvers<void>();
    await Promise.all([
      this.#attempt(() => this.#oneFault(first, happened.resolve).finally(happened.resolve)),
      second && happened.promise.then(() => this.#attempt(() => this.#oneFault(second))),
    ]);
  }

  async #attempt(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      this.#failures.push(failure);
      this.#options.progress(`${this.#clock()}  FAILED: ${failure}`);
    }
  }

  #clock(now = performance.now()): string {
    return `${((now - this.#begun) / 1000).toFixed(1).padStart(6)} s`;
  }

  /** One that can be had, and leaves some nodes to others when it must. */
  #draw(mostNodes: number): Fault | undefined {
    const { stack } = this.#options;
    const context = { stack, random: this.#random, lost: this.#lost };
    const fit = this.#options.faults.filter(
      (fault) => fault.needs <= mostNodes && fault.missing(context) === undefined,
    );
    const total = fit.reduce((sum, { weight }) => sum + weight, 0);
    let left = this.#random.next() * total;
    return fit.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
  }

  async #enoughLoad(): Promise<void> {
    const { outcomes } = this.#options.load;
    await until(`${LEAST_RATE} successes per second before a fault`, RATE_WITHIN_MS, async () => {
      const before = outcomes.ok;
      await sleep(RATE_OVER_MS);
      return outcomes.ok - before >= (LEAST_RATE * RATE_OVER_MS) / 1000;
    });
  }

  async #oneFault(fault: Fault, happened: () => void = () => {}): Promise<void> {
    const { stack, progress } = this.#options;
    const free = Array.from({ length: NODES }, (_, id) => id).filter(
      (id) => !this.#busy.has(id) && !this.#lost.has(id),
    );
    // Another one has begun meanwhile, and left too little.
    if (free.length < Math.min(fault.needs, NODES - this.#lost.size)) return;
    // Until it says which nodes it has taken, it may take any.
    for (const id of free) this.#busy.add(id);
    let injected: Injected | undefined;
    const from = performance.now();
    try {
      injected = await fault.inject({ stack, random: this.#random, free, lost: this.#lost });
      for (const id of free) if (!injected.nodes.includes(id)) this.#busy.delete(id);
      happened();
      const [least, most] = fault.lasts;
      const lasts = this.#random.integer(least, most);
      await sleep(lasts);
      await injected.heal();
      const healed = performance.now();
      await this.#progress(`${fault.kind}, ${injected.what}`, healed);
      const recovered = performance.now();
      this.#records.push({ kind: fault.kind, what: injected.what, from, healed, recovered });
      const durations = `${Math.round(healed - from)} ms, all clients again after ${Math.round(recovered - healed)} ms`;
      progress(`${this.#clock(from)}  ${fault.kind}: ${injected.what}; ${durations}`);
    } catch (error) {
      const what = injected === undefined ? fault.kind : `${fault.kind}, ${injected.what}`;
      throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      for (const id of injected?.nodes ?? free) this.#busy.delete(id);
    }
  }

  /** Every client has a success of its own since `healed`; but while another fault is at work, that one will tell. */
  async #progress(what: string, healed: number): Promise<void> {
    const { clients } = this.#options.load;
    const end = healed + PROGRESS_WITHIN_MS;
    while (clients.some(({ last }) => (last ?? 0) < healed)) {
      if (performance.now() > end) {
        const silent = clients.filter(({ last }) => (last ?? 0) < healed).length;
        throw new Error(
          `${silent} of ${clients.length} clients had no success within ${PROGRESS_WITHIN_MS} ms of the end of ${what}`,
        );
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #whole(): Promise<void> {
    const { stack } = this.#options;
    await until("all nodes take part", WHOLE_WITHIN_MS, async () => {
      const report = await stack.report();
      if (report === undefined) return false;
      const wrong = report.nodes.filter(({ id, alive, member }) => !this.#lost.has(id) && !(alive && member));
      if (wrong.length > 0)
        throw new Error(`not nodes ${wrong.map(({ id }) => id).join()}; ${stack.saidSince(0).slice(-400)}`);
      return report.groups.every(({ leader }) => leader !== null);
    });
  }
}
