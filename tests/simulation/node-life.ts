/** One life of a node's process: the real replicas, and the real two-phase commit beside them, as node/ composes them. */
import { type Configuration, FOUNDERS_DISK } from "../../consensus-nodes/raft/membership.ts";
import type { Message, NodeId } from "../../consensus-nodes/raft/message.ts";
import { Replica } from "../../consensus-nodes/replica/replica.ts";
import { TransactionCall } from "../../consensus-nodes/wire/transaction-call.ts";
import type { Calls, Reply } from "../../proto/generated/core.ts";
import { OpenLog } from "./log-disk.ts";
import { NodeTransactions } from "./node-transactions.ts";
import { LEASE, TICK, TIMING } from "./settings.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import { SimulatedSnapshots } from "./simulated-snapshots.ts";
import type { Door } from "./stream-link.ts";
import type { World } from "./world.ts";

/** The log of what the node itself promised. */
const PROMISES = "promises";

export class NodeLife implements Door {
  readonly id: NodeId;
  readonly name: string;
  readonly replicas = new Map<string, Replica>();
  readonly transactions: NodeTransactions;
  readonly #world: World;
  readonly #node: SimulatedNode;
  readonly #logs = new Map<string, OpenLog>();
  readonly #mourners = new Set<() => void>();
  readonly #work = new Set<Replica>();
  #alive = true;
  #lost = false;

  constructor(world: World, node: SimulatedNode, number: number) {
    this.#world = world;
    this.#node = node;
    this.id = node.id;
    this.name = `${node.id}.${number}`;
    for (const machine of world.settings.machines) this.#join(machine.name);
    this.transactions = new NodeTransactions(
      world,
      node,
      this,
      world.planted.storage(this.#open(PROMISES), PROMISES, world),
    );
    this.#tickLater(node.random.next() * TICK);
  }

  get alive(): boolean {
    return this.#alive;
  }

  log(group: string): OpenLog | undefined {
    return this.#logs.get(group);
  }

  run(action: () => void): void {
    this.step(() => {
      this.#world.touched();
      action();
    });
  }

  /** As `run`, for what settles no promise. */
  step(action: () => void): void {
    if (!this.#alive) return;
    if (this.#node.paused) this.#node.backlog.push(() => this.step(action));
    else action();
  }

  after(milliseconds: number, action: () => void): () => void {
    let cancelled = false;
    this.#world.schedule.after(milliseconds, () => this.run(() => !cancelled && action()));
    return () => {
      cancelled = true;
    };
  }

  onDeath(notice: () => void): void {
    this.#mourners.add(notice);
  }

  /**
   * The power goes. @param lost with the disk: then nothing that is under way arrives, for streams end with their process, and
   * who comes back under this id has promised nothing of it.
   */
  end(lost: boolean): void {
    this.#alive = false;
    this.#lost = lost;
    for (const log of this.#logs.values()) log.cutPower(this.#node.random);
    for (const notice of this.#mourners) notice();
  }

  receive(group: string, message: Message): void {
    const log = this.#logs.get(group);
    if (log === undefined) return;
    this.#world.trace.message("receives", group, message);
    this.replicas.get(group)?.receive(this.#world.planted.receive(group, message, log, this.#world));
  }

  disconnected(node: NodeId): void {
    for (const replica of this.replicas.values()) replica.disconnected(node);
  }

  serve(calls: Calls, reply: (reply: Reply) => void): void {
    const { planted } = this.#world;
    const answer = (id: number, outcome: unknown) => reply({ id, outcome: Buffer.from(JSON.stringify(outcome)) });
    for (const { id, group, commands } of calls.batches) {
      const replica = this.replicas.get(group);
      replica?.submit(planted.batch(commands), (outcome) => {
        if (outcome.ok) this.observe(group);
        this.#world.witness.group(group).answers(this.id, outcome);
        answer(id, planted.outcome(outcome));
      });
    }
    for (const { id, group, name, input, after, stale } of calls.queries) {
      const query = { name, input: JSON.parse(Buffer.from(input).toString()), stale, ...(after > 0 && { after }) };
      this.replicas.get(group)?.query(planted.query(query), (outcome) => answer(id, outcome));
    }
    for (const { id, call } of calls.transactions) {
      const parsed = TransactionCall.parse(JSON.parse(Buffer.from(call).toString()));
      this.transactions.transactor.transact(parsed).then((outcome) => answer(id, outcome), this.#world.fail);
    }
  }

  #open(name: string): OpenLog {
    const group = this.#world.witness.groups.get(name);
    const log = new OpenLog(this.#node.disk(name), {
      onFailure: () => this.#node.diskFailed(),
      run: (action) => (group === undefined ? this.run(action) : this.step(action)),
      ...(group !== undefined && { onEntry: (entry, previousTerm) => group.takes(entry, previousTerm) }),
    });
    this.#logs.set(name, log);
    return log;
  }

  #join(group: string): void {
    const { witness, network, trace, settings, nodes, planted } = this.#world;
    const seen = witness.group(group);
    const machine = settings.machines.find(({ name }) => name === group);
    if (machine === undefined) throw new Error(`there is no machine ${group}`);
    const log = this.#open(group);
    const replica: Replica = new Replica({
      id: this.id,
      disk: planted.isFounder(this.#node) ? FOUNDERS_DISK : this.#node.diskName,
      founding: planted.isFounder(this.#node) ? founding(this.#world.founders) : { members: [] },
      snapshotPolicy: settings.snapshots,
      machine,
      storage: planted.storage(log, group, this.#world),
      snapshots: new SimulatedSnapshots(this.#world, group, this.#node, this),
      timing: settings.leases ? { ...TIMING, lease: LEASE } : TIMING,
      monotonic: () => this.#node.monotonic,
      random: this.#node.random.next,
      now: () => this.#node.clock,
      send: (message) => {
        const sent = planted.send(group, message, this.#world);
        seen.sends(sent, this.#node.disk(group));
        trace.message("sends", group, sent);
        network.send(this.id, message.to, () => {
          if (!this.#lost) nodes[message.to]?.deliver(group, sent);
        });
      },
      requestTurn: () => this.#requestTurn(replica),
      onEvent: (event) => {
        trace.add(`${group} ${event.type}`, this.id);
        if (event.type !== "becameLeader") return;
        seen.leads(this.id, event.term, log);
        this.#world.becameLeader(this.id);
      },
      onTrace: () => undefined,
    });
    this.replicas.set(group, replica);
    seen.starts(this.id, replica.status);
  }

  /** All replicas that have work carry it out in one turn, as in node/turn.ts. */
  #requestTurn(replica: Replica): void {
    const first = this.#work.size === 0;
    this.#work.add(replica);
    if (!first) return;
    this.#world.schedule.after(0, () =>
      this.step(() => {
        const work = [...this.#work];
        this.#work.clear();
        for (const each of work) {
          if (this.#alive) each.turn();
        }
        for (const group of this.replicas.keys()) if (this.#alive) this.observe(group);
      }),
    );
  }

  /** Shows the witness how far the group is. */
  observe(group: string): void {
    const replica = this.replicas.get(group);
    const log = this.#logs.get(group);
    if (replica !== undefined && log !== undefined) this.#world.witness.group(group).observes(this.id, replica, log);
  }

  #tickLater(milliseconds: number): void {
    this.#world.schedule.after(milliseconds, () =>
      this.step(() => {
        for (const replica of this.replicas.values()) replica.tick();
        this.#tickLater(TICK * this.#node.drift);
      }),
    );
  }
}

function founding(ids: readonly NodeId[]): Configuration {
  return { members: ids.map((id) => ({ id, voter: true, address: "" })) };
}
