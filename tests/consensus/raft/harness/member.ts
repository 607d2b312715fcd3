/** One member of the group on its disk: carries out what `raft/` says in the order that raft/ready.ts demands, dies and comes back. */
import { invariant } from "../../../../consensus-nodes/raft/invariant.ts";
import type { Snapshot } from "../../../../consensus-nodes/raft/member-log.ts";
import {
  type Configuration,
  decodeConfiguration,
  type Member as GroupMember,
  type PlacedConfiguration,
} from "../../../../consensus-nodes/raft/membership.ts";
import {
  type Entry,
  EntryKind,
  type Message,
  type NodeId,
  type Outgoing,
} from "../../../../consensus-nodes/raft/message.ts";
import type { ChangeOutcome, ProposeOutcome } from "../../../../consensus-nodes/raft/proposal.ts";
import { Raft } from "../../../../consensus-nodes/raft/raft.ts";
import type { RaftConfiguration } from "../../../../consensus-nodes/raft/raft-configuration.ts";
import type { Event, Ready, SnapshotOffer } from "../../../../consensus-nodes/raft/ready.ts";
import type { Disk, OpenDisk } from "./disk.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { Trace } from "./trace.ts";
import type { Witness } from "./witness.ts";

export interface MemberOptions {
  readonly configuration: RaftConfiguration;
  /** What it is told of the group when its disk is empty. */
  readonly founding: Configuration;
  readonly disk: Disk;
  readonly schedule: Schedule;
  readonly witness: Witness;
  readonly trace: Trace;
  /** What of an unfinished write survives. */
  readonly damage: Random;
  readonly send: (message: Message) => void;
  /** Gives the newest snapshot of another member, some time later; undefined when it cannot be had. */
  readonly fetch: (from: NodeId, taken: (snapshot: Snapshot | undefined) => void) => void;
}

/** What ends with the process. */
interface Life {
  readonly raft: Raft;
  readonly log: OpenDisk;
  /** Promises that wait for the disk, per write handed to it, oldest first. */
  readonly inFlight: { readonly promises: Message[] }[];
  commit: number;
  /** As of `commit`: what a snapshot of the state would tell. */
  placed: PlacedConfiguration;
  fetching: boolean;
}

export class Member {
  readonly id: NodeId;
  readonly disk: Disk;
  /** Since the member was made, oldest first. */
  readonly events: Event[] = [];
  readonly confirmedReads: { readonly context: number; readonly index: number }[] = [];
  readonly failedReads: number[] = [];
  /** What a lease goes by, in ticks. */
  monotonic: (() => number) | undefined;
  /** Snapshots that took the place of entries it lacked, and of logs that differed or ended before. */
  restored = 0;
  restarted = 0;
  readonly #options: MemberOptions;
  #life: Life | undefined;
  /** Inputs that came while the process was stopped; undefined while it runs. */
  #held: (() => void)[] | undefined;
  #turnAsked = false;
  #context = 0;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.id = options.configuration.id;
    this.disk = options.disk;
  }

  get up(): boolean {
    return this.#life !== undefined;
  }

  get paused(): boolean {
    return this.#held !== undefined;
  }

  /** @throws when the member is down. */
  get raft(): Raft {
    return this.#alive().raft;
  }

  get log(): OpenDisk {
    return this.#alive().log;
  }

  get leads(): boolean {
    return this.#life?.raft.role === "leader";
  }

  start(): void {
    if (this.#life !== undefined) return;
    const log = this.disk.open();
    const { hardState, snapshot, base, terms, entries } = log;
    const founding = { index: 0, configuration: this.#options.founding, configurationIndex: 0 };
    const { index: commit, ...placed } = snapshot ?? founding;
    const configurations = configurationsIn(entries);
    const restored = { hardState, base, commit, ...placed, configurations, terms, sizes: log.entrySizes() };
    this.#life = {
      raft: new Raft(this.#options.configuration, restored),
      log,
      inFlight: [],
      commit,
      placed: { index: placed.configurationIndex, configuration: placed.configuration },
      fetching: false,
    };
    this.#note("start", log.lastIndex, hardState.term);
  }

  /** @param kept what is on disk afterwards of what was written and not synced. */
  crash(kept: "some" | "nothing" = "some"): void {
    if (this.#life === undefined) return;
    this.#life.log.cutPower(kept === "some" ? this.#options.damage : undefined);
    this.#life = undefined;
    this.#held = undefined;
    this.#note("crash");
  }

  /** As by SIGSTOP: time does not pass, inputs wait. */
  pause(): void {
    if (this.#life !== undefined) this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const input of held) this.#input(input);
    this.#askTurn();
  }

  tick(): void {
    if (!this.paused) this.#input(() => this.raft.tick(this.monotonic?.()));
  }

  receive(message: Message): void {
    this.#input(() => {
      this.#note(message.type, message.from, message.term);
      this.raft.step(message, this.monotonic?.());
    });
  }

  disconnected(from: NodeId): void {
    this.#input(() => this.raft.disconnected(from));
  }

  propose(data: Uint8Array): ProposeOutcome {
    const outcome = this.raft.propose(EntryKind.commands, 0, data);
    this.#askTurn();
    return outcome;
  }

  change(members: readonly GroupMember[]): ChangeOutcome {
    // What is committed by now was so by the configuration before.
    const life = this.#alive();
    this.#commit(life, life.raft.commit);
    const outcome = life.raft.changeMembership({ members }, 0);
    this.#askTurn();
    return outcome;
  }

  transfer(to: NodeId): boolean {
    const begun = this.raft.transferLeadership(to);
    this.#askTurn();
    return begun;
  }

  /** @returns the context under which the answer will show. */
  read(): number {
    this.#context += 1;
    this.#options.witness.asksRead(this.id, this.#context);
    this.raft.readIndex(this.#context, this.monotonic?.());
    this.#askTurn();
    return this.#context;
  }

  /** Takes a snapshot of what is applied. @param kept how many of the entries that it covers stay in the log. */
  snapshot(kept: number): void {
    const { raft, log, commit: index, placed } = this.#alive();
    const term = log.term(index);
    if (index === 0 || term === undefined) return;
    const snapshot = { index, term, configuration: placed.configuration, configurationIndex: placed.index };
    this.#options.witness.covers(this.id, snapshot);
    log.persistSnapshot(snapshot, () =>
      this.#input(() => {
        const keepAfter = Math.max(0, index - kept);
        this.#note("compacts", index, keepAfter);
        raft.compact(snapshot, keepAfter);
        log.compact(keepAfter);
      }),
    );
  }

  /** Also the end of a wait for the disk: all that a process can be told. */
  #input(take: () => void): void {
    const life = this.#life;
    if (life === undefined) return;
    if (this.#held !== undefined) {
      this.#held.push(() => life === this.#life && take());
      return;
    }
    take();
    this.#askTurn();
  }

  /** Inputs that come at the same time share a turn. */
  #askTurn(): void {
    if (this.#turnAsked) return;
    this.#turnAsked = true;
    this.#options.schedule.after(0, () => {
      this.#turnAsked = false;
      const life = this.#life;
      if (life?.raft.hasReady() && !this.paused) this.#carryOut(life, life.raft.ready());
    });
  }

  #carryOut(life: Life, ready: Ready): void {
    const { witness } = this.#options;
    const { restart, hardState, entries, promises } = ready;
    if (restart !== undefined || hardState !== undefined || entries.length > 0) {
      const inFlight = { promises: [...promises] };
      life.inFlight.push(inFlight);
      const before = (entries[0]?.index ?? 1) - 1;
      let previousTerm = (before === restart?.index ? restart.term : life.log.term(before)) ?? -1;
      for (const entry of entries) {
        witness.entryTaken(entry, previousTerm);
        previousTerm = entry.term;
      }
      life.log.persist({ ...(restart && { restart }), ...(hardState && { hardState }), entries }, () =>
        this.#input(() => {
          life.inFlight.shift();
          for (const promise of inFlight.promises) this.#send(promise);
          life.raft.advance(ready);
        }),
      );
    } else {
      const last = life.inFlight.at(-1);
      if (last !== undefined) last.promises.push(...promises);
      else for (const promise of promises) this.#send(promise);
    }
    for (const event of ready.events) this.#react(life, event);
    for (const message of ready.messages) this.#send(withEntries(message, life.log));
    this.#commit(life, ready.commit);
    if (ready.offer !== undefined) this.#fetch(life, ready.offer);
    for (const { context, index } of ready.reads) {
      witness.confirmsRead(this.id, context, index);
      this.confirmedReads.push({ context, index });
    }
    this.failedReads.push(...ready.failedReads);
  }

  #react(life: Life, event: Event): void {
    this.events.push(event);
    if (event.type !== "becameLeader") return;
    this.#note("leads", event.term);
    const covered = this.disk.snapshot?.index ?? 0;
    const { configuration } = life.raft;
    this.#options.witness.leads(this.id, event.term, (index) => life.log.term(index), covered, configuration);
  }

  #commit(life: Life, commit: number): void {
    const { raft, log } = life;
    const leads = raft.role === "leader" ? { term: raft.term, configuration: raft.configuration } : undefined;
    this.#options.witness.commits(this.id, life.commit, commit, (index) => log.term(index), leads);
    if (commit > life.commit) this.#note("commits", commit);
    if (commit > life.commit) {
      const applied = log.read(life.commit + 1, commit, Number.POSITIVE_INFINITY);
      life.placed = configurationsIn(applied).at(-1) ?? life.placed;
    }
    life.commit = commit;
  }

  #fetch(life: Life, { from }: SnapshotOffer): void {
    if (life.fetching) return;
    life.fetching = true;
    this.#options.fetch(from, (snapshot) => {
      if (life !== this.#life) return;
      life.fetching = false;
      if (snapshot === undefined || snapshot.index <= life.commit) return;
      life.fetching = true;
      life.log.persistSnapshot(snapshot, () => {
        life.fetching = false;
        this.restore(snapshot);
      });
    });
  }

  /** What a durable snapshot of another member does. */
  restore(snapshot: Snapshot): void {
    const life = this.#alive();
    this.#input(() => this.#restore(life, snapshot));
  }

  #restore(life: Life, snapshot: Snapshot): void {
    const { index, term, configuration, configurationIndex } = snapshot;
    const differs = life.log.term(index) !== term;
    const { commit } = life.raft;
    const taken = life.raft.restore(snapshot);
    invariant(taken === index > commit, () => `restores ${index} over ${commit}: ${taken}`);
    if (!taken) return;
    this.#note("restores", index, term);
    this.#options.witness.covers(this.id, snapshot);
    this.restored += 1;
    if (differs) this.restarted += 1;
    life.commit = index;
    life.placed = { index: configurationIndex, configuration };
  }

  #send(message: Message): void {
    this.#options.witness.sends(message);
    this.#options.send(message);
  }

  #alive(): Life {
    if (this.#life === undefined) throw new Error(`member ${this.id} is down`);
    return this.#life;
  }

  #note(what: string, ...numbers: readonly number[]): void {
    this.#options.trace.add(this.#options.schedule.now, what, this.id, ...numbers);
  }
}

function configurationsIn(entries: readonly Entry[]): PlacedConfiguration[] {
  return entries
    .filter(({ kind }) => kind === EntryKind.configuration)
    .map(({ index, data }) => ({ index, configuration: decodeConfiguration(data) }));
}

function withEntries(message: Outgoing, log: OpenDisk): Message {
  if (message.type !== "AppendRange") return message;
  const { first, last, type: _, ...header } = message;
  const entries: readonly Entry[] = first <= last ? log.read(first, last, Number.POSITIVE_INFINITY) : [];
  return { ...header, type: "AppendEntries", entries };
}
