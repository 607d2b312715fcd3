/** A node of the simulated bank: the real coordinator, participant and recovery on simulated time, disk and network. */

import type { LogStorage } from "../../../../consensus-nodes/replica/log-storage.ts";
import type { Clock } from "../../../../consensus-nodes/two-phase-commit/clock.ts";
import { Coordinator } from "../../../../consensus-nodes/two-phase-commit/coordinator.ts";
import { GroupParticipant } from "../../../../consensus-nodes/two-phase-commit/group-participant.ts";
import { LocalParticipant } from "../../../../consensus-nodes/two-phase-commit/local-participant.ts";
import type { LocalResource } from "../../../../consensus-nodes/two-phase-commit/local-resource.ts";
import type { Participant, Told } from "../../../../consensus-nodes/two-phase-commit/participant.ts";
import type { Vote } from "../../../../consensus-nodes/two-phase-commit/promises.ts";
import { RECOVERY_INTERVAL_MS, Recovery } from "../../../../consensus-nodes/two-phase-commit/recovery.ts";
import { Transactor } from "../../../../consensus-nodes/two-phase-commit/transactor.ts";
import { Disk, type OpenDisk } from "../../raft/harness/disk.ts";
import type { Random } from "../../raft/harness/random.ts";
import type { Bank } from "./bank.ts";
import { Channel } from "./channel.ts";

/** Milliseconds. */
const USUAL_SYNC = 3;
const SLOW_SYNC = 60;
/** So far a node's wall clock is off, at most; that of some nodes by much more. */
const MAX_SKEW = 200;
/** Of each node, at each look. */
const BELIEVED_LOST = 0.05;
const WRONG_CHANCE = 0.03;
const WRONG_SKEW = 3_600_000;

interface Life {
  readonly channel: Channel;
  readonly participant: LocalParticipant;
  readonly transactor: Transactor;
  readonly storage: OpenDisk;
}

export class BankNode {
  readonly id: number;
  /** What the node carried out, durably: by transaction, how often the outcome changed something. */
  readonly stamped = new Set<string>();
  /** Which it makes up for the next transaction without an id. */
  nextName = "";
  readonly #bank: Bank;
  readonly #random: Random;
  readonly #skew: number;
  readonly #disk: Disk;
  #lives = 0;
  #life: Life | undefined;

  constructor(id: number, bank: Bank, random: Random) {
    this.id = id;
    this.#bank = bank;
    this.#random = random;
    const usual = random.integer(-MAX_SKEW, MAX_SKEW);
    const clock = random.split("clock");
    this.#skew = clock.chance(WRONG_CHANCE) ? clock.integer(-WRONG_SKEW, WRONG_SKEW) : usual;
    this.#disk = new Disk({
      schedule: bank.schedule,
      syncTime: () => random.next() * (random.chance(0.1) ? SLOW_SYNC : USUAL_SYNC),
    });
    this.start();
  }

  get up(): boolean {
    return this.#life !== undefined;
  }

  /** Milliseconds since the epoch, as this node has it; undefined while it is down. */
  get clock(): number | undefined {
    return this.up ? this.#wallClock() : undefined;
  }

  get life(): Life | undefined {
    return this.#life;
  }

  get waiting(): readonly string[] {
    return this.#life?.participant.waiting ?? [];
  }

  crash(): void {
    if (this.#life === undefined) return;
    this.#bank.crashed(this.id);
    this.#life.storage.cutPower(this.#random);
    this.#life = undefined;
    this.#lives++;
    for (const group of this.#bank.groups.values()) if (group.leader === this.id) group.leader = undefined;
  }

  start(): void {
    if (this.#life !== undefined) return;
    const { schedule, network, groups, nodes, witness, defect } = this.#bank;
    witness.happened("start", this.id);
    const life = this.#lives;
    const alive = () => this.#lives === life;
    const clock: Clock = {
      now: () => schedule.now,
      after: (milliseconds, run) => {
        let cancelled = false;
        schedule.after(milliseconds, () => {
          if (!cancelled && alive()) run();
        });
        return () => {
          cancelled = true;
        };
      },
      random: this.#random.next,
    };
    const channel = new Channel({
      schedule,
      network,
      groups,
      alive,
      clockOf: (node) => nodes[node]?.clock,
      session: `${this.id}.${life}`,
      ...(defect === "abort told before it is written" && {
        shortcut: ({ name, input }) =>
          name === "decide" && isAbort(input) ? { ok: true, value: { commit: false }, leader: null } : undefined,
      }),
      ...(defect === "a decision that is not confirmed in time is told as an abort" && {
        late: ({ name }) => (name === "decide" ? { ok: true, value: { commit: false }, leader: null } : undefined),
      }),
    });
    const onStep = (step: string, id: string) => {
      if (!alive()) return;
      witness.happened(`${step} ${id}`, this.id);
      if (this.#random.chance(this.#bank.crashes)) this.crash();
    };
    const storage = this.#disk.open();
    const participant = new LocalParticipant({
      storage: defect === "vote before it is durable" ? hasty(storage, schedule.after.bind(schedule)) : storage,
      resources: [this.#resource(alive)],
      now: () => this.#wallClock(),
      onStep,
    });
    const onContradiction = (id: string, name: string, reason: string) => witness.contradicted(id, name, reason);
    const coordinator = new Coordinator({ name: String(this.id), channel, clock, onStep, onContradiction });
    const nodeParticipant = (node: number, operation: string) =>
      nodes[node] === undefined ? undefined : this.#remote(node, operation, alive, clock);
    this.#life = {
      channel,
      participant,
      storage,
      transactor: new Transactor({
        channel,
        coordinator,
        nodeParticipant,
        groups: [...groups.keys()],
        uniqueName: () => this.nextName,
      }),
    };
    const recovery = new Recovery({
      channel,
      clock,
      mayBeUntold: () => groups.get("transactions")?.leader === this.id,
      waiting: () => [
        ...participant.waiting.map((id) => ({ id, participant: `node:${this.id}` as const })),
        ...[...groups.values()]
          .filter(({ leader }) => leader === this.id)
          .flatMap(({ name, waiting }) => waiting.map((id) => ({ id, participant: `group:${name}` as const }))),
      ],
      // Who lives may be believed to be gone: it costs a transaction, and no promise.
      lost: () => nodes.map(({ id }) => String(id)).filter(() => this.#random.chance(BELIEVED_LOST)),
      participant: (name) => {
        const [kind, which] = name.split(":");
        if (kind === "node") return nodeParticipant(Number(which), "");
        return which === undefined ? undefined : new GroupParticipant(channel, which, []);
      },
      onContradiction,
    });
    const round = () => {
      recovery.round().catch((error: unknown) => this.#bank.fail(error));
      clock.after(RECOVERY_INTERVAL_MS, round);
    };
    clock.after(RECOVERY_INTERVAL_MS * this.#random.next(), round);
  }

  #wallClock(): number {
    return Math.floor(1e9 + this.#bank.schedule.now + this.#skew);
  }

  #resource(alive: () => boolean): LocalResource {
    const { witness, schedule } = this.#bank;
    const name = `node:${this.id}`;
    return {
      understands: () => true,
      keys: (operation) => [operation],
      check: async (id) => (this.#random.chance(0.02) ? `no for ${id}` : undefined),
      // Takes its time, and is lost when the node dies meanwhile.
      commit: (id) =>
        new Promise((resolve) => {
          schedule.after(this.#random.next() * USUAL_SYNC, () => {
            if (!alive()) return;
            witness.told(name, id, true);
            this.stamped.add(id);
            resolve();
          });
        }),
      abort: async (id) => {
        if (!alive()) return new Promise(() => {});
        witness.told(name, id, false);
      },
    };
  }

  /** Another node, or this one, over the network; each request is sent once. */
  #remote(node: number, operation: string, alive: () => boolean, clock: Clock): Participant {
    const { network, nodes, fail } = this.#bank;
    const exchange = <T>(timeout: number, late: T, serve: (participant: LocalParticipant) => Promise<T>) =>
      new Promise<T>((resolve) => {
        clock.after(timeout, () => resolve(late));
        if (!alive()) return;
        network.send(() => {
          const target = nodes[node]?.life;
          if (target === undefined) return;
          serve(target.participant).then(
            (reply) => {
              if (nodes[node]?.life === target) network.send(() => alive() && resolve(reply));
            },
            (error: unknown) => fail(error),
          );
        });
      });
    return {
      name: `node:${node}`,
      prepare: (id, { timeout }) => {
        const late: Vote = { yes: false, locked: false, reason: "did not answer in time" };
        return exchange(timeout, late, async (participant) => {
          const vote = await participant.prepare(id, String(this.id), operation);
          if (vote.yes) this.#bank.witness.happened(`node:${node} votes yes on ${id}`);
          return vote;
        });
      },
      tell: (id, commit, { timeout }) =>
        exchange<Told>(timeout, { kind: "unreached" }, (participant) => participant.decide(id, commit)),
    };
  }
}

function isAbort(input: unknown): boolean {
  return typeof input === "object" && input !== null && "commit" in input && input.commit === false;
}

/** Calls what is written durable before it is. */
function hasty(storage: OpenDisk, after: (delay: number, action: () => void) => void): LogStorage {
  return {
    hardState: storage.hardState,
    base: storage.base,
    firstIndex: storage.firstIndex,
    lastIndex: storage.lastIndex,
    terms: storage.terms,
    configurations: storage.configurations,
    entrySizes: () => storage.entrySizes(),
    read: (first, last, maxBytes) => storage.read(first, last, maxBytes),
    compact: (index) => storage.compact(index),
    close: () => storage.close(),
    persist: (job, done) => {
      storage.persist(job, () => {});
      after(0, done);
    },
  };
}
