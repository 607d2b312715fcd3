/**
 * A client's stream to one node, in place of the gRPC one (client/node-link.ts): in order, each message once, until it breaks;
 * a cut is noticed late, the death of the node at once.
 */
import type { Link, NodeLinkEvents, OnOutcome } from "../../consensus-nodes/client/node-link.ts";
import type { Batch, Calls, Query, Reply, Transaction } from "../../proto/generated/core.ts";
import type { Schedule } from "../consensus/raft/harness/schedule.ts";
import type { Network } from "./network.ts";

/** The process at one end. */
export interface Process {
  readonly id: number;
  /** Runs it when the process still lives and is not paused; once it is resumed, when it is. */
  run(action: () => void): void;
}

/** A node as the other end. */
export interface Server {
  /** Undefined while it is down. */
  readonly door: Door | undefined;
}

export interface Door extends Process {
  serve(calls: Calls, reply: (reply: Reply) => void): void;
  /** Called when the process dies. */
  onDeath(notice: () => void): void;
}

export interface StreamWorld {
  readonly network: Network;
  readonly schedule: Schedule;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Milliseconds, as in the real one. */
const REDIAL_FIRST = 20;
const REDIAL_MAX = 500;
/** Until a broken stream is noticed, at most. */
const NOTICE = 800;

export class StreamLink implements Link {
  readonly id: number;
  readonly #world: StreamWorld;
  readonly #owner: Process;
  readonly #server: Server;
  readonly #events: NodeLinkEvents;
  #stream: Stream | undefined;
  #calls: Calls = { batches: [], queries: [], transactions: [] };
  readonly #expected = new Map<number, OnOutcome>();
  #nextId = 1;
  #redial = REDIAL_FIRST;
  #closed = false;

  constructor(id: number, server: Server, owner: Process, world: StreamWorld, events: NodeLinkEvents) {
    this.id = id;
    this.#server = server;
    this.#owner = owner;
    this.#world = world;
    this.#events = events;
    this.#dialAfter(0);
  }

  get up(): boolean {
    return this.#stream !== undefined;
  }

  batch(batch: Omit<Batch, "id">, onOutcome: OnOutcome): void {
    this.#calls.batches.push({ id: this.#expect(onOutcome), ...batch });
  }

  query(query: Omit<Query, "id">, onOutcome: OnOutcome): void {
    this.#calls.queries.push({ id: this.#expect(onOutcome), ...query });
  }

  transaction(transaction: Omit<Transaction, "id">, onOutcome: OnOutcome): void {
    this.#calls.transactions.push({ id: this.#expect(onOutcome), ...transaction });
  }

  flush(): void {
    const calls = this.#calls;
    if (calls.batches.length + calls.queries.length + calls.transactions.length === 0) return;
    this.#calls = { batches: [], queries: [], transactions: [] };
    const stream = this.#stream;
    stream?.toServer(() => stream.door.serve(calls, (reply) => stream.toClient(() => this.#replied(stream, reply))));
  }

  close(): void {
    this.#closed = true;
    this.#stream = undefined;
  }

  #replied(stream: Stream, { id, outcome }: Reply): void {
    if (this.#stream !== stream) return;
    const onOutcome = this.#expected.get(id);
    this.#expected.delete(id);
    onOutcome?.(outcome);
  }

  #dialAfter(milliseconds: number): void {
    const { schedule, network, random } = this.#world;
    schedule.after(milliseconds + network.delay(), () =>
      this.#owner.run(() => {
        if (this.#closed) return;
        const { door } = this.#server;
        const reached =
          door !== undefined && !network.isCut(this.#owner.id, this.id) && !network.isCut(this.id, this.#owner.id);
        if (!reached) {
          this.#dialAfter(this.#redial * (0.5 + random()));
          this.#redial = Math.min(this.#redial * 2, REDIAL_MAX);
          return;
        }
        this.#redial = REDIAL_FIRST;
        this.#stream = new Stream(door, this.#owner, this.#world, (broken) => this.#lost(broken));
        this.#events.onUp(this.id);
      }),
    );
  }

  #expect(onOutcome: OnOutcome): number {
    const id = this.#nextId++;
    this.#expected.set(id, onOutcome);
    return id;
  }

  #lost(stream: Stream): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#calls = { batches: [], queries: [], transactions: [] };
    this.#expected.clear();
    this.#events.onDown(this.id);
    this.#dialAfter(this.#redial);
  }
}

class Stream {
  readonly door: Door;
  readonly #client: Process;
  readonly #world: StreamWorld;
  readonly #onBroken: (stream: Stream) => void;
  #broken = false;
  /** When the last message of a direction arrives. */
  #lastToServer = 0;
  #lastToClient = 0;

  constructor(door: Door, client: Process, world: StreamWorld, onBroken: (stream: Stream) => void) {
    this.door = door;
    this.#client = client;
    this.#world = world;
    this.#onBroken = onBroken;
    door.onDeath(() => this.#break(world.network.delay()));
  }

  toServer(action: () => void): void {
    if (this.#stops(this.#client.id, this.door.id)) return;
    this.#lastToServer = this.#deliver(this.#lastToServer, this.door, action);
  }

  toClient(action: () => void): void {
    if (this.#stops(this.door.id, this.#client.id)) return;
    this.#lastToClient = this.#deliver(this.#lastToClient, this.#client, action);
  }

  /** After what was sent before. @returns when */
  #deliver(previous: number, receiver: Process, action: () => void): number {
    const { schedule, network } = this.#world;
    const time = Math.max(previous + 1e-6, schedule.now + network.delay());
    schedule.after(time - schedule.now, () => receiver.run(action));
    return time;
  }

  #stops(from: number, to: number): boolean {
    if (!this.#broken && this.#world.network.breaks(from, to)) this.#break(this.#world.random() * NOTICE);
    return this.#broken;
  }

  #break(noticed: number): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#world.schedule.after(noticed, () => this.#client.run(() => this.#onBroken(this)));
  }
}
