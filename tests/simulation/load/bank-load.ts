/** Transfers between two branches, some with a node's vote: all or nothing, and the sum stays. */
import type { CoreReply } from "../../../consensus-nodes/client/core-channel.ts";
import type { Operation } from "../../../consensus-nodes/wire/transaction-call.ts";
import { TRANSACT, TransactionReply } from "../../../consensus-nodes/wire/transaction-call.ts";
import type { Random } from "../../consensus/raft/harness/random.ts";
import { ACCOUNTS, AccountsView, OPENING_BALANCE } from "../../consensus/two-phase-commit/bank/accounts.ts";
import type { SimulatedClient } from "../simulated-client.ts";
import { Violation, type World } from "../world.ts";
import type { Load } from "./load.ts";

const BRANCHES = ["branch-0", "branch-1"];
/** A client asks again so often while the outcome is unknown. */
const RETRIES = 2;
const TIMEOUT = 2500;

interface Transfer {
  readonly name: string;
  readonly branches: readonly string[];
  /** That takes part beside them. */
  readonly node: number | undefined;
  /** As far as a client was told. */
  outcome: boolean | undefined;
  /** Of the transaction; undefined until a client is told. */
  id: string | undefined;
}

export class BankLoad implements Load {
  readonly counts = { ok: 0, fail: 0, unknown: 0 };
  readonly #world: World;
  readonly #clients: readonly SimulatedClient[];
  readonly #random: Random;
  readonly #transfers: Transfer[] = [];
  #stopped = false;
  #busy = 0;

  constructor(world: World, clients: readonly SimulatedClient[], random: Random) {
    this.#world = world;
    this.#clients = clients;
    this.#random = random;
  }

  get idle(): boolean {
    return this.#busy === 0;
  }

  start(): void {
    for (const client of this.#clients) {
      for (let i = 0; i < this.#world.settings.callers; i++) this.#next(client);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  check(): void {
    const { witness } = this.#world;
    const branches = BRANCHES.map((branch) => {
      const answer = witness.group(branch).state.answer("state", {});
      if (!answer.ok) throw new Violation(`${branch}: ${answer.m}`);
      const { balances, done } = AccountsView.parse(answer.v);
      return { branch, balances, done: new Map(done) };
    });
    for (const { name, branches: concerned, node, outcome, id } of this.#transfers) {
      const decided = id === undefined ? undefined : witness.transactions.decisions.get(id);
      const told = outcome ?? decided;
      const changes = branches.map(({ branch, done }) => {
        const expected = concerned.filter((each) => each === branch).length;
        const found = done.get(name) ?? 0;
        if (found !== 0 && found !== expected) throw new Violation(`${name} is done ${found} times in ${branch}`);
        return expected === 0 ? undefined : found > 0;
      });
      const done = changes.filter((change) => change !== undefined);
      if (new Set(done).size > 1 || (told !== undefined && done.includes(!told))) {
        throw new Violation(`transfer ${name}, decided ${told}, is half done: ${JSON.stringify(changes)}`);
      }
      // What a node promised is gone with its disk.
      if (node === undefined || id === undefined || decided !== true || this.#world.nodes[node]?.founder === false)
        continue;
      if (!witness.transactions.hasTold(`node:${node}`, id, true)) throw new Violation(`node ${node} never did ${id}`);
    }
    const sum = branches.flatMap(({ balances }) => balances).reduce((total, [, balance]) => total + balance, 0);
    const expected = BRANCHES.length * ACCOUNTS * OPENING_BALANCE;
    if (sum !== expected) throw new Violation(`the accounts hold ${sum}, not ${expected}`);
  }

  #next(client: SimulatedClient): void {
    const { schedule, settings } = this.#world;
    schedule.after(this.#random.next() * 2 * settings.think, () => {
      if (this.#stopped) return;
      client.run(() => (this.#random.chance(0.2) ? this.#move(client) : this.#transfer(client)));
    });
  }

  #transfer(client: SimulatedClient): void {
    const random = this.#random;
    const name = `t${this.#transfers.length}`;
    const account = () => `a${random.integer(0, random.pick([1, ACCOUNTS - 1]))}`;
    const [from, to] = [random.pick(BRANCHES), random.pick(BRANCHES)];
    const amount = random.integer(1, random.pick([10, OPENING_BALANCE]));
    const node = random.chance(0.4) ? random.pick(this.#world.founders) : undefined;
    const operations: Operation[] = [
      { group: from, command: "withdraw", input: { account: account(), amount, transfer: name } },
      { group: to, command: "deposit", input: { account: account(), amount, transfer: name } },
      ...(node !== undefined ? [{ node, operation: `stamp ${random.integer(0, 3)}` }] : []),
    ];
    const id = random.chance(0.5) ? name : undefined;
    const transfer: Transfer = { name, branches: [from, to], node, outcome: undefined, id };
    this.#transfers.push(transfer);
    this.#ask(client, transfer, operations, id === undefined ? 0 : RETRIES);
  }

  #ask(client: SimulatedClient, transfer: Transfer, operations: readonly Operation[], retries: number): void {
    this.#busy += 1;
    const { id } = transfer;
    const input = { operations, ...(id !== undefined && { id }) };
    client
      .call({ group: "transactions", name: TRANSACT, input, timeout: TIMEOUT })
      .then((reply) => {
        this.#busy -= 1;
        const known = this.#answered(transfer, reply);
        if (!known && retries > 0) this.#ask(client, transfer, operations, retries - 1);
        else this.#next(client);
      })
      .catch(this.#world.fail);
  }

  /** @returns whether the outcome is known. */
  #answered(transfer: Transfer, reply: CoreReply): boolean {
    const outcome = reply.ok ? TransactionReply.parse(reply.value) : undefined;
    if (outcome?.kind !== "committed" && outcome?.kind !== "aborted") {
      if (outcome?.kind === "refused") throw new Violation(`${transfer.name} is refused: ${outcome.reason}`);
      this.counts.unknown += 1;
      return false;
    }
    const commit = outcome.kind === "committed";
    this.#world.witness.transactions.answered(outcome.id, commit);
    transfer.id = outcome.id;
    transfer.outcome = commit;
    this.counts[commit ? "ok" : "fail"] += 1;
    return true;
  }

  /** In no transaction, and in the way of some. */
  #move(client: SimulatedClient): void {
    const random = this.#random;
    const input = { from: `a${random.integer(0, 1)}`, to: `a${random.integer(0, ACCOUNTS - 1)}`, amount: 1 };
    this.#busy += 1;
    client
      .call({ group: random.pick(BRANCHES), name: "move", input, timeout: 500 })
      .then(() => {
        this.#busy -= 1;
        this.#next(client);
      })
      .catch(this.#world.fail);
  }
}
