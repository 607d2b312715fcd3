/**
 * Members, disks, a network and one virtual clock, all out of one seed. A test tells a story with `tick`, `elect`, `settle`, or
 * lets time run by itself with `startClocks` and `run`.
 */
import type { Snapshot } from "../../../../consensus-nodes/raft/member-log.ts";
import type { Message, NodeId } from "../../../../consensus-nodes/raft/message.ts";
import { Disk } from "./disk.ts";
import { foundedBy, NOBODY } from "./founding.ts";
import { Member } from "./member.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";
import { Trace } from "./trace.ts";
import { Witness } from "./witness.ts";

/** In ticks. Short, so that runs are: what matters is how they relate. */
export const TIMING = { electionTicks: 10, heartbeatTicks: 3, hintTicks: 3 } as const;
/** Units of virtual time in a tick of a clock that goes right. */
export const TICK = 10;
/** Steps without a tick in which all messages and writes must have come to rest. */
const MAX_SETTLE_STEPS = 100_000;

/** Elections that a member may lose before a test that wants it elected gives up. */
const MAX_ATTEMPTS = 3;

export interface ClusterOptions {
  /** Of the members, those that found the group; the others may join. All of them unless said otherwise. */
  readonly founders?: readonly NodeId[];
  readonly seed?: number;
  readonly trace?: Trace;
  /** Units of time that the next sync takes. */
  readonly syncTime?: (random: Random) => number;
  readonly disksLie?: boolean;
  readonly lease?: { readonly driftPercent: number };
  /** Names the disks with which those come that are no founders. */
  readonly disk?: string;
}

export class Cluster {
  readonly random: Random;
  readonly schedule = new Schedule();
  readonly trace: Trace;
  readonly witness: Witness;
  readonly network: Network;
  readonly members: readonly Member[];
  readonly #byId: ReadonlyMap<NodeId, Member>;

  constructor(ids: readonly NodeId[], options: ClusterOptions = {}) {
    const {
      seed = 1,
      trace = new Trace(),
      syncTime = () => 0,
      disksLie = false,
      founders = ids,
      lease,
      disk: name,
    } = options;
    const { schedule } = this;
    this.random = new Random(seed);
    this.trace = trace;
    const disks = new Map<NodeId, Disk>();
    for (const id of ids) {
      const random = this.random.split(`disk ${id}`);
      disks.set(id, new Disk({ schedule, syncTime: () => syncTime(random), lies: disksLie }));
    }
    const witness = new Witness(disks, foundedBy(founders));
    this.witness = witness;
    this.network = new Network(schedule, this.random.split("network"), (message) => this.#deliver(message));
    this.members = [...disks].map(
      ([id, disk]) =>
        new Member({
          configuration: {
            id,
            ...TIMING,
            ...(lease && { lease }),
            ...(name !== undefined && !founders.includes(id) && { disk: name }),
            random: this.random.split(`elections of ${id}`).next,
          },
          founding: founders.includes(id) ? foundedBy(founders) : NOBODY,
          disk,
          schedule,
          witness,
          trace,
          damage: this.random.split(`damage ${id}`),
          send: (message) => this.network.send(message),
          fetch: (from, taken) => this.#fetch(from, id, taken),
        }),
    );
    this.#byId = new Map(this.members.map((member) => [member.id, member]));
  }

  start(): void {
    for (const member of this.members) member.start();
  }

  member(id: NodeId): Member {
    const member = this.#byId.get(id);
    if (member === undefined) throw new Error(`there is no member ${id}`);
    return member;
  }

  /** Of those that lead, the one of the newest term. */
  get leader(): Member | undefined {
    return this.members
      .filter(({ leads }) => leads)
      .toSorted((a, b) => b.raft.term - a.raft.term)
      .at(0);
  }

  /** The process ends; its peers notice, as by their streams. */
  kill(id: NodeId): void {
    this.member(id).crash();
    for (const member of this.members) member.disconnected(id);
  }

  /** Lets all that was sent and written arrive. Time passes for the network and the disks, for the members it does not. */
  settle(): void {
    for (let steps = 0; this.schedule.step(); steps++) {
      if (steps > MAX_SETTLE_STEPS) throw new Error("the messages never come to rest");
    }
  }

  /** Lets `ticks` pass at one member, and all that follows from each come to rest. */
  tick(id: NodeId, ticks = 1): void {
    for (let i = 0; i < ticks; i++) {
      this.member(id).tick();
      this.settle();
    }
  }

  /** Lets ticks pass at all members alike. */
  tickAll(ticks = 1): void {
    for (let i = 0; i < ticks; i++) {
      for (const member of this.members) member.tick();
      this.settle();
    }
  }

  /** Lets time pass at one member until it asks for votes, and what follows come to rest. */
  expire(id: NodeId): void {
    const { events } = this.member(id);
    const before = events.filter(({ type }) => type === "electionTimeout").length;
    for (let i = 0; i < 2 * TIMING.electionTicks; i++) {
      this.tick(id);
      if (events.filter(({ type }) => type === "electionTimeout").length > before) return;
    }
    throw new Error(`member ${id} let two election timeouts pass`);
  }

  /**
   * Lets all lose sight of their leader, and time pass at one member until it leads.
   * @throws when it is not elected, and has had time to learn of newer terms.
   */
  elect(id: NodeId): void {
    for (const member of this.members) {
      const leader = member.up ? member.raft.leader : null;
      if (leader !== null) member.disconnected(leader);
    }
    for (let attempts = 0; attempts < MAX_ATTEMPTS && !this.member(id).leads; attempts++) this.expire(id);
    if (!this.member(id).leads) throw new Error(`member ${id} was not elected`);
  }

  /** From now on ticks come by themselves. @param interval units of time between two ticks of a member. */
  startClocks(interval: (member: Member) => number = () => TICK): void {
    for (const member of this.members) {
      const every = interval(member);
      member.monotonic = () => this.schedule.now / every;
      const tick = () => {
        member.tick();
        this.schedule.after(every, tick);
      };
      this.schedule.after(every, tick);
    }
  }

  /** Lets time run for so many ticks of a clock that goes right. */
  run(ticks: number): void {
    const end = this.schedule.now + ticks * TICK;
    while (this.schedule.step(end));
  }

  /** Lets time run until `reached`. @returns after how many ticks; undefined when it took more than `ticks`. */
  runUntil(ticks: number, reached: () => boolean): number | undefined {
    const begin = this.schedule.now;
    while (!reached()) if (!this.schedule.step(begin + ticks * TICK)) return undefined;
    return (this.schedule.now - begin) / TICK;
  }

  /** Over a stream of its own, which breaks as the links do. */
  #fetch(from: NodeId, to: NodeId, taken: (snapshot: Snapshot | undefined) => void): void {
    this.schedule.after(this.random.integer(1, 3 * TICK), () => {
      const isCut = this.network.isCut(from, to) || this.network.isCut(to, from);
      const source = this.member(from);
      taken(isCut || !source.up || source.paused ? undefined : source.disk.snapshot);
    });
  }

  #deliver(message: Message): void {
    this.#byId.get(message.to)?.receive(message);
  }
}
