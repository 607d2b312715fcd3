/**
 * One run out of one seed. First the faults have their way, and nothing wrong may happen; then all is mended, and something must:
 * a new entry committed, by everyone, and a read confirmed, for everyone.
 */
import { invariant } from "../../../../consensus-nodes/raft/invariant.ts";
import type { Member as GroupMember } from "../../../../consensus-nodes/raft/membership.ts";
import type { NodeId } from "../../../../consensus-nodes/raft/message.ts";
import { Cluster, TICK, TIMING } from "./cluster.ts";
import { drawFaultMix, type FaultMix } from "./fault-mix.ts";
import type { Member } from "./member.ts";
import { Random } from "./random.ts";
import { Trace } from "./trace.ts";

/** Of faults, in ticks. */
const CHAOS_TICKS = 500;
/** After mending. Elections are a matter of luck: this is some ten of them. */
const RECOVERY_TICKS = 20 * TIMING.electionTicks;
/** Between two attempts of a client after mending, in ticks. */
const RETRY_TICKS = 5;
/** Fills a message, so that windows close. Shared by all entries, for it is only its size that matters. */
const LARGE = new Uint8Array(500_000);

export interface Report {
  readonly hash: number;
  readonly steps: number;
  readonly committed: number;
  readonly term: number;
  /** Snapshots that were taken over from others, and logs that began anew with them. */
  readonly restored: number;
  readonly restarted: number;
  /** Changes of membership that were committed. */
  readonly changes: number;
  /** From mending to progress. */
  readonly recoveryTicks: number;
}

export interface CampaignOptions {
  readonly trace?: Trace;
  /** Plants a fault that no run may survive. */
  readonly disksLie?: boolean;
}

/** @throws when something happened that must not, or nothing did after mending. */
export function runSeed(seed: number, options: CampaignOptions = {}): Report {
  return new Campaign(seed, options).run();
}

class Campaign {
  readonly #mix: FaultMix;
  readonly #cluster: Cluster;
  readonly #faults: Random;
  readonly #load: Random;
  #mended = false;
  /** Terms whose leader was considered for an ambush. */
  readonly #ambushed = new Set<number>();
  /** Of the time after mending: entries that a leader took, and for each member the first read asked for. */
  readonly #written: { readonly index: number; readonly term: number }[] = [];
  readonly #firstReads = new Map<NodeId, number>();

  constructor(seed: number, { trace = new Trace(), disksLie = false }: CampaignOptions) {
    const mix = drawFaultMix(new Random(seed).split("mix"));
    this.#mix = mix;
    this.#cluster = new Cluster(mix.members, {
      seed,
      founders: mix.founders,
      ...(mix.lease && { lease: mix.lease }),
      trace,
      disksLie,
      syncTime: (random) => random.integer(0, this.#mended ? 2 : mix.slowestSync),
    });
    this.#faults = this.#cluster.random.split("faults");
    this.#load = this.#cluster.random.split("load");
  }

  run(): Report {
    const cluster = this.#cluster;
    const { weather, crashes, pauses, cuts, snapshots, transfers, changes, writes, reads, fastestClock, slowestClock } =
      this.#mix;
    cluster.network.weather = weather;
    cluster.start();
    cluster.startClocks(() => this.#faults.integer(fastestClock, slowestClock));
    this.#every(crashes, this.#faults, () => this.#crash(this.#victims()));
    this.#every(pauses, this.#faults, () => this.#pause());
    this.#every(cuts, this.#faults, () => this.#cut(this.#victim()));
    this.#every(1, this.#faults, () => this.#ambush());
    this.#every(snapshots, this.#faults, () => this.#snapshot());
    this.#every(transfers, this.#faults, () => this.#transfer());
    this.#every(changes, this.#faults, () => this.#change());
    this.#every(writes, this.#load, () => this.#write());
    this.#every(reads, this.#load, () => this.#read());
    cluster.run(CHAOS_TICKS);

    this.#mend();
    const recoveryTicks = cluster.runUntil(RECOVERY_TICKS, () => this.#recovered());
    invariant(recoveryTicks !== undefined, () => `no progress within ${RECOVERY_TICKS} ticks of mending`);
    return {
      hash: cluster.trace.hash,
      steps: cluster.trace.steps,
      committed: cluster.witness.committed,
      term: Math.max(...cluster.members.map(({ raft }) => raft.term)),
      restored: sum(cluster.members.map(({ restored }) => restored)),
      restarted: sum(cluster.members.map(({ restarted }) => restarted)),
      changes: cluster.witness.changes,
      recoveryTicks,
    };
  }

  /** Until the group is mended. */
  #every(ticks: number, random: Random, action: () => void): void {
    if (ticks === Number.POSITIVE_INFINITY) return;
    this.#cluster.schedule.after(random.integer(1, 2 * ticks * TICK), () => {
      if (this.#mended) return;
      action();
      this.#every(ticks, random, action);
    });
  }

  #ambush(): void {
    for (const leader of this.#cluster.members.filter(({ leads, paused }) => leads && !paused)) {
      const { term } = leader.raft;
      if (this.#ambushed.has(term)) continue;
      this.#ambushed.add(term);
      if (!this.#faults.chance(this.#mix.ambushes)) continue;
      this.#cut(leader);
      this.#propose(leader, this.#faults.integer(0, 10));
      this.#cluster.schedule.after(this.#faults.integer(0, 10 * TICK), () => !this.#mended && this.#crash([leader]));
    }
  }

  #crash(victims: readonly Member[]): void {
    const { members } = this.#cluster;
    for (const victim of victims) {
      victim.crash();
      for (const member of members) if (this.#faults.chance(this.#mix.hints)) member.disconnected(victim.id);
      this.#later(() => victim.start());
    }
  }

  #pause(): void {
    const victim = this.#victim();
    victim.pause();
    this.#later(() => victim.resume());
  }

  #cut(one: Member): void {
    const { network } = this.#cluster;
    const { members } = this.#mix;
    const other = this.#faults.pick(this.#cluster.members);
    const rest = members.filter((id) => id !== one.id);
    switch (this.#faults.integer(0, 5)) {
      case 0:
        network.cut(one.id, other.id);
        break;
      case 1:
        network.cutOneWay(one.id, other.id);
        break;
      case 2:
        for (const id of rest) if (this.#faults.chance(0.7)) network.cutOneWay(one.id, id);
        break;
      case 3:
        for (const id of rest) if (this.#faults.chance(0.7)) network.cutOneWay(id, one.id);
        break;
      case 4:
        network.split([one.id], rest);
        break;
      default: {
        const side = members.filter(() => this.#faults.chance(0.5));
        const otherSide = members.filter((id) => !side.includes(id));
        network.split(side, otherSide);
      }
    }
    if (this.#faults.chance(this.#mix.hints)) one.disconnected(other.id);
    if (this.#faults.chance(this.#mix.hints)) other.disconnected(one.id);
    this.#later(() => network.heal());
  }

  #victims(): readonly Member[] {
    return this.#faults.chance(0.1) ? this.#cluster.members : [this.#victim()];
  }

  #victim(): Member {
    const { members } = this.#cluster;
    const leaders = this.#faults.chance(this.#mix.leaders) ? members.filter(({ leads }) => leads) : [];
    return this.#faults.pick(leaders.length > 0 ? leaders : members);
  }

  #later(end: () => void): void {
    this.#cluster.schedule.after(this.#faults.integer(1, this.#mix.outage * TICK), end);
  }

  #snapshot(): void {
    const member = this.#faults.pick(this.#cluster.members);
    if (member.up && !member.paused) member.snapshot(this.#faults.integer(0, this.#mix.kept));
  }

  #transfer(): void {
    const { leader, members } = this.#cluster;
    if (leader !== undefined && !leader.paused) leader.transfer(this.#faults.pick(members).id);
  }

  /**
   * Some leader, even one that leads no more, is asked to change one member, or more than it may. Who was removed comes back with
   * its disk, or not at all: an id whose disk was lost is a voter of the configurations in the log that it has yet to read.
   */
  #change(): void {
    const { members } = this.#cluster;
    const leaders = members.filter(({ leads, paused }) => leads && !paused);
    if (leaders.length === 0) return;
    const leader = this.#faults.pick(leaders);
    let next = leader.raft.configuration.members;
    const times = this.#faults.chance(0.1) ? 2 : 1;
    for (let i = 0; i < times; i++) next = this.#changed(next);
    leader.change(next);
  }

  #changed(members: readonly GroupMember[]): readonly GroupMember[] {
    const { id } = this.#faults.pick(this.#cluster.members);
    const rest = members.filter((member) => member.id !== id);
    const kind = this.#faults.pick(["voter", "voter", "voter", "learner", "gone"]);
    return kind === "gone" ? rest : [...rest, { id, voter: kind === "voter", address: `node ${id}` }];
  }

  #write(): void {
    for (const leader of this.#cluster.members.filter(({ leads, paused }) => leads && !paused)) {
      this.#propose(leader, this.#load.chance(0.2) ? this.#load.integer(2, 30) : this.#load.integer(0, 2));
    }
  }

  #propose(leader: Member, entries: number): void {
    for (let i = 0; i < entries; i++) {
      leader.propose(this.#load.chance(this.#mix.large) ? LARGE : new Uint8Array(this.#load.integer(0, 8)));
    }
  }

  #read(): void {
    // One who leads, or leads no more and does not know it, and one of all.
    const { members } = this.#cluster;
    for (const asker of new Set([...members.filter(({ leads }) => leads), this.#load.pick(members)])) {
      if (asker.up && !asker.paused) asker.read();
    }
  }

  #mend(): void {
    this.#mended = true;
    const { network, members } = this.#cluster;
    network.heal();
    network.weather = { loss: 0, duplication: 0, minDelay: 1, maxDelay: 2 };
    for (const member of members) {
      member.start();
      member.resume();
    }
    this.#retry();
  }

  /** What clients do until they are served. */
  #retry(): void {
    const { leader, members, schedule } = this.#cluster;
    const outcome = leader?.propose(new Uint8Array(1));
    if (outcome?.ok) this.#written.push(outcome);
    for (const member of members) {
      const context = member.read();
      if (!this.#firstReads.has(member.id)) this.#firstReads.set(member.id, context);
    }
    schedule.after(RETRY_TICKS * TICK, () => this.#retry());
  }

  #recovered(): boolean {
    const { witness, leader } = this.#cluster;
    const served = this.#written.find(({ index, term }) => witness.committedTerm(index) === term);
    if (served === undefined || leader === undefined) return false;
    const members = leader.raft.configuration.members.map(({ id }) => this.#cluster.member(id));
    return members.every((member) => member.raft.commit >= served.index && this.#hasRead(member));
  }

  #hasRead(member: Member): boolean {
    const first = this.#firstReads.get(member.id) ?? Number.POSITIVE_INFINITY;
    return member.confirmedReads.some(({ context }) => context >= first);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
