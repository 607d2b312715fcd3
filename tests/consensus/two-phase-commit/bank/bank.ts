/**
 * 100 accounts in five groups, five nodes that coordinate and take part, random transfers, and whatever can go wrong. One seed
 * decides everything. A run first does its worst, then heals, and must then come to rest: nothing half done, nothing locked.
 */
import * as z from "zod";
import { command, type Machine } from "../../../../consensus-nodes/machines/machine.ts";
import { transactions } from "../../../../consensus-nodes/machines/transactions.ts";
import type { Batch, CommandOutcome } from "../../../../consensus-nodes/wire/batch.ts";
import type { Operation } from "../../../../consensus-nodes/wire/transaction-call.ts";
import {
  DECIDE,
  Decide,
  GroupOutcome,
  GroupVote,
  PREPARE,
  Prepare,
} from "../../../../consensus-nodes/wire/transaction-command.ts";
import { Random } from "../../raft/harness/random.ts";
import { Schedule } from "../../raft/harness/schedule.ts";
import { Trace } from "../../raft/harness/trace.ts";
import { ACCOUNTS, AccountsView, accounts, OPENING_BALANCE } from "./accounts.ts";
import { Group } from "./group.ts";
import { Network } from "./network.ts";
import { BankNode } from "./node.ts";
import { Broken, Witness } from "./witness.ts";

export const defects = [
  "abort told before it is written",
  "lock released at prepare",
  "the last decision wins",
  "an abort of what was not prepared is forgotten",
  "vote before it is durable",
  "a decision that is not confirmed in time is told as an abort",
] as const;
export type Defect = (typeof defects)[number];

const BRANCHES = 5;
const NODES = 5;
/** Milliseconds of simulated time. */
const TROUBLE = 1500;
/** In some runs the log of transactions has no leader for longer than any call waits, and the trouble lasts as long. */
const OUTAGE_CHANCE = 0.05;
const OUTAGE = { earliest: 200, latest: 1000, duration: 3800 };
/** From healing, when every group has a leader, until nothing is locked: the time for votes, a decision, and asking for it. */
const REST_WITHIN = 4000;
/** Longer than the latest message. */
const AFTERMATH = 4500;
const TICK = 20;
/** A transfer is asked for again so often. */
const FIRST_ASKED = 2;

export interface BankResult {
  readonly hash: number;
  readonly steps: number;
  readonly committed: number;
  readonly aborted: number;
  readonly crashes: number;
  /** Transactions that were begun and decided by one entry. */
  readonly atOnce: number;
}

export class Bank {
  readonly schedule = new Schedule();
  readonly network: Network;
  readonly witness: Witness;
  readonly groups = new Map<string, Group>();
  readonly nodes: BankNode[] = [];
  readonly defect: Defect | undefined;
  /** Probability of a crash at each step of a coordinator or participant. */
  crashes = 0;
  readonly #trace = new Trace();
  readonly #random: Random;
  readonly #names: Random;
  #failure: unknown;
  #transfers: { readonly id: string; readonly branches: readonly string[]; readonly nodes: readonly number[] }[] = [];
  #busy = 0;
  #crashes = 0;
  readonly #atOnce = new Set<string>();
  /** The log of transactions finds no leader. */
  #outage = false;

  constructor(seed: number, defect?: Defect) {
    this.defect = defect;
    this.#random = new Random(seed);
    this.#names = this.#random.split("names");
    this.network = new Network(this.schedule, this.#random.split("network"));
    this.witness = new Witness(this.#trace, () => this.schedule.now);
    const machines: Machine[] = [
      defect === "the last decision wins" ? lastDecisionWins() : transactions,
      ...Array.from({ length: BRANCHES }, (_, branch) =>
        accounts(`branch-${branch}`, defect !== "lock released at prepare"),
      ),
    ];
    for (const machine of machines) {
      const forgetful = defect === "an abort of what was not prepared is forgotten";
      const group: Group = new Group(machine, forgetful, (batch, outcomes) => this.#applied(group, batch, outcomes));
      this.groups.set(machine.name, group);
    }
    for (let id = 0; id < NODES; id++) this.nodes.push(new BankNode(id, this, this.#random.split(`node ${id}`)));
  }

  readonly fail = (error: unknown): void => {
    this.#failure ??= error;
  };

  crashed(node: number): void {
    this.#crashes++;
    this.witness.happened("crash", node);
  }

  /** @throws {Broken} when a promise was. */
  async run(): Promise<BankResult> {
    const random = this.#random.split("faults");
    this.#electAll(random);
    this.#tick();
    this.network.faults = {
      loss: random.chance(0.5) ? random.next() * 0.2 : 0,
      duplication: random.chance(0.5) ? random.next() * 0.3 : 0,
      late: random.chance(0.5) ? random.next() * 0.1 : 0,
    };
    this.crashes = random.chance(0.6) ? random.next() * 0.08 : 0;
    this.#disturb(random);
    this.#load(this.#random.split("load"));
    const outage = this.#random.split("outage");
    const healing = outage.chance(OUTAGE_CHANCE) ? this.#breakOff(outage) : TROUBLE;
    await this.#until(healing);

    this.#outage = false;
    this.network.faults = { loss: 0, duplication: 0, late: 0 };
    this.crashes = 0;
    for (const node of this.nodes) node.start();
    this.#electAll(random);
    await this.#until(healing + REST_WITHIN, () => this.#atRest());
    if (!this.#atRest()) throw new Broken(`not at rest ${REST_WITHIN} ms after healing: ${this.#unrest()}`);
    this.#audit();
    // Everything that is still on its way arrives now.
    await this.#until(this.schedule.now + AFTERMATH);
    await this.#until(this.schedule.now + REST_WITHIN, () => this.#atRest());
    if (!this.#atRest()) throw new Broken(`late messages left ${this.#unrest()}`);
    this.#audit();
    const decisions = [...this.witness.decisions.values()];
    const committed = decisions.filter(Boolean).length;
    return {
      hash: this.#trace.hash,
      steps: this.#trace.steps,
      committed,
      aborted: decisions.length - committed,
      crashes: this.#crashes,
      atOnce: this.#atOnce.size,
    };
  }

  async #until(time: number, done: () => boolean = () => false): Promise<void> {
    for (let checked = this.schedule.now; this.schedule.step(time); ) {
      await drained();
      if (this.#failure !== undefined) throw this.#failure;
      if (this.schedule.now - checked < TICK) continue;
      checked = this.schedule.now;
      if (done()) return;
    }
  }

  #tick(): void {
    for (const group of this.groups.values()) {
      const clock = group.leader === undefined ? undefined : this.nodes[group.leader]?.clock;
      if (clock !== undefined) group.tick(clock);
    }
    this.schedule.after(TICK, () => this.#tick());
  }

  /** Crashes, restarts and changes of leaders, until the trouble is over. */
  #disturb(random: Random): void {
    const every = 20 + random.next() * 200;
    const disturb = () => {
      if (this.schedule.now >= TROUBLE) return;
      const node = random.pick(this.nodes);
      if (node.up && this.crashes > 0 && random.chance(0.4)) node.crash();
      else if (!node.up) node.start();
      const group = random.pick([...this.groups.values()]);
      if (group.leader !== undefined && random.chance(0.2)) group.leader = undefined;
      for (const group of this.groups.values())
        if (group.leader === undefined && random.chance(0.7)) this.#elect(group, random);
      this.schedule.after(every * random.next(), disturb);
    };
    this.schedule.after(every, disturb);
  }

  /** @returns when the log of transactions may have a leader again. */
  #breakOff(random: Random): number {
    const from = random.integer(OUTAGE.earliest, OUTAGE.latest);
    this.schedule.after(from, () => {
      this.#outage = true;
      const group = this.groups.get("transactions");
      if (group !== undefined) group.leader = undefined;
    });
    return from + OUTAGE.duration;
  }

  #electAll(random: Random): void {
    for (const group of this.groups.values()) if (group.leader === undefined) this.#elect(group, random);
  }

  #elect(group: Group, random: Random): void {
    if (this.#outage && group.name === "transactions") return;
    const up = this.nodes.filter((node) => node.up);
    if (up.length > NODES / 2) group.elect(random.pick(up).id);
  }

  #load(random: Random): void {
    const count = random.integer(8, 20);
    for (let number = 0; number < count; number++) {
      this.schedule.after(random.next() * TROUBLE * 0.9, () => this.#transfer(`t${number}`, random));
      this.schedule.after(random.next() * TROUBLE, () => this.#move(random));
    }
  }

  #transfer(id: string, random: Random): void {
    const account = () => `a${random.integer(0, random.pick([2, ACCOUNTS - 1]))}`;
    const from = { branch: `branch-${random.integer(0, BRANCHES - 1)}`, account: account() };
    const to = { branch: `branch-${random.integer(0, BRANCHES - 1)}`, account: account() };
    const amount = random.integer(1, random.pick([10, OPENING_BALANCE]));
    const nodes = random.chance(0.5) ? [random.integer(0, NODES - 1)] : [];
    const operations: Operation[] = [
      { group: from.branch, command: "withdraw", input: { account: from.account, amount, transfer: id } },
      { group: to.branch, command: "deposit", input: { account: to.account, amount, transfer: id } },
      ...nodes.map((node) => ({ node, operation: `stamp ${random.integer(0, 3)}` })),
    ];
    this.#transfers.push({ id, branches: [from.branch, to.branch], nodes });
    this.#ask(id, operations, random.integer(0, NODES - 1), FIRST_ASKED);
    // Sometimes two nodes coordinate the same transaction.
    if (random.chance(0.2)) this.#ask(id, operations, random.integer(0, NODES - 1), 0);
  }

  /** Hands the transfer to a node; asks again at the next one while the outcome is unknown. */
  #ask(id: string, operations: readonly Operation[], at: number, retries: number): void {
    const node = this.nodes[at % NODES];
    const life = node?.life;
    const again = () => {
      if (retries > 0) this.#ask(id, operations, at + 1, retries - 1);
    };
    if (node === undefined || life === undefined) return again();
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      this.#busy--;
    };
    this.#busy++;
    // A client gives up when its node has died, or when it takes too long.
    this.schedule.after(2500, () => {
      if (over) return;
      end();
      again();
    });
    // Under an id that nobody knows, which the coordinator makes up itself; asked again, it is the caller's.
    const fresh = retries === FIRST_ASKED && this.#names.chance(0.5);
    if (fresh) node.nextName = id;
    life.transactor
      .transact({ ...(!fresh && { id }), operations: [...operations] })
      .then((reply) => {
        if (over || node.life !== life) return;
        end();
        if (reply.kind === "committed" || reply.kind === "aborted")
          this.witness.answered(id, reply.kind === "committed");
        else again();
      })
      .catch(this.fail);
  }

  #move(random: Random): void {
    const input = {
      from: `a${random.integer(0, 2)}`,
      to: `a${random.integer(0, ACCOUNTS - 1)}`,
      amount: random.integer(1, OPENING_BALANCE),
    };
    const group = `branch-${random.integer(0, BRANCHES - 1)}`;
    void random.pick(this.nodes).life?.channel.call({ group, name: "move", input, timeout: 500 });
  }

  #applied(group: Group, batch: Batch | undefined, outcomes: readonly CommandOutcome[]): void {
    if (group.name === "transactions") {
      const ids = batch?.c.map(([, input]) => Named.parse(input).id) ?? this.#transfers.map(({ id }) => id);
      for (const id of ids) {
        const decision = Shown.parse(group.query("show", { id }))?.decision;
        if (decision !== undefined) this.witness.decided(id, decision.commit);
      }
      for (const [, input] of batch?.c ?? []) {
        const { id, beginning } = Named.parse(input);
        if (beginning !== undefined) this.#atOnce.add(id);
      }
      return;
    }
    batch?.c.forEach(([name, input], position) => {
      const outcome = outcomes[position];
      if (outcome === undefined || "e" in outcome) return;
      // A yes that is given again, to a message that came twice, promises nothing anew.
      if (name === PREPARE && GroupVote.parse(outcome.v).yes) {
        const { id } = Prepare.parse(input);
        if (group.waiting.includes(id)) this.witness.promised(group.name, id);
      }
      if (name !== DECIDE) return;
      const { id, commit } = Decide.parse(input);
      this.witness.told(group.name, id, commit);
      const told = GroupOutcome.parse(outcome.v);
      if (!told.ok) this.witness.contradicted(id, group.name, told.contradiction);
    });
  }

  #atRest(): boolean {
    return this.#busy === 0 && this.#unrest() === "";
  }

  /** What still waits, as a line. */
  #unrest(): string {
    const locked = [...this.groups.values(), ...this.nodes].flatMap(({ waiting }) => waiting);
    const open = Records.parse(this.groups.get("transactions")?.query("list", { limit: 1000 })).filter(
      ({ decision, untold }) => decision === undefined || (decision.commit && untold.length > 0),
    );
    return [...locked.map((id) => `a promise of ${id}`), ...open.map(({ id }) => `transaction ${id}`)].join(", ");
  }

  #audit(): void {
    let sum = 0;
    const done = new Map<string, ReadonlyMap<string, number>>();
    for (const group of this.groups.values()) {
      if (group.name === "transactions") continue;
      const view = AccountsView.parse(group.query("state", {}));
      for (const [, balance] of view.balances) sum += balance;
      done.set(group.name, new Map(view.done));
    }
    for (const { id, branches, nodes } of this.#transfers) {
      const commit = this.witness.decisions.get(id) ?? false;
      for (const [branch, times] of done) {
        const expected = commit ? branches.filter((name) => name === branch).length : 0;
        const found = times.get(id) ?? 0;
        if (found !== expected) throw new Broken(`transfer ${id} is half done: ${found} of ${expected} in ${branch}`);
      }
      for (const node of nodes) {
        if (this.nodes[node]?.stamped.has(id) !== commit)
          throw new Broken(`transfer ${id} is half done at node ${node}`);
      }
    }
    const expected = BRANCHES * ACCOUNTS * OPENING_BALANCE;
    if (sum !== expected) throw new Broken(`the accounts hold ${sum}, not ${expected}`);
  }
}

const Named = z.object({ id: z.string(), beginning: z.unknown().optional() });
const Shown = z.object({ decision: z.object({ commit: z.boolean() }).optional() }).nullable();
const Records = z.array(
  z.object({ id: z.string(), untold: z.array(z.string()), decision: z.object({ commit: z.boolean() }).optional() }),
);

/** Lets everything run that waits for nothing but its turn. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function lastDecisionWins(): Machine {
  return {
    ...transactions,
    commands: {
      ...transactions.commands,
      decide: command(
        transactions.commands.decide.schema,
        (state: ReturnType<typeof transactions.initial>, input, context) => {
          const known = state.open.get(input.id) ?? state.ended.get(input.id);
          if (known !== undefined)
            state.open.set(input.id, { ...known, decision: { commit: input.commit, at: context.now, reason: "" } });
          return { commit: input.commit };
        },
      ),
    },
  };
}
