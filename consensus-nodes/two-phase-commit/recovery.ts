/**
 * Finishes what dead coordinators left. Two loops, on every node:
 *
 *   tell   where the group `transactions` is led: committed, and not acknowledged by all -> told once more
 *   ask    wherever a promise waits for its outcome for too long -> `inquire` of the log of transactions; "nothing known" is
 *          written there as an abort before it comes back
 *
 * How long something waits is counted here, from when it was first seen: the times in the logs are other nodes' wall clocks.
 */

import * as z from "zod";
import type { CoreChannel } from "../client/core-channel.ts";
import { MAX_LOST } from "../machines/transactions.ts";
import type { Clock } from "./clock.ts";
import type { Participant, ParticipantName } from "./participant.ts";

export const RECOVERY_INTERVAL_MS = 150;
/** A coordinator that lives has told everybody by then. */
const TELL_AFTER_MS = 400;
/** A coordinator that lives has decided by then; while it still may, and is not lost, the answer is "not yet". */
const ASK_AFTER_MS = 800;
/** What takes so long was begun in the log: asking early ends nothing, and others wait for what the group has locked. */
const GROUP_ASKS_AFTER_MS = 400;
/** Of one round; the rest follows in the next. */
const MAX_PER_ROUND = 64;
const TIMEOUT_MS = 1000;

const Untold = z.array(
  z.object({ id: z.string(), untold: z.array(z.string()), decision: z.object({ commit: z.boolean() }) }),
);
const Answer = z.object({ commit: z.boolean().nullable() });

/** A participant of this node whose promise waits. */
export interface Waiting {
  readonly id: string;
  /** Where the promise was given. */
  readonly participant: ParticipantName;
}

export interface RecoveryOptions {
  readonly channel: CoreChannel;
  readonly clock: Clock;
  /** This node leads the group `transactions`, and does not know for certain that everybody was told. Asked often: it takes no round. */
  readonly mayBeUntold: () => boolean;
  /** Promises that this node answers for: its own, and those of the groups it leads. */
  readonly waiting: () => readonly Waiting[];
  /** Coordinators that this node was connected to, and is no more. */
  readonly lost: () => readonly string[];
  /** To be told an outcome; undefined when the name means nothing here. */
  readonly participant: (name: string) => Participant | undefined;
  readonly onContradiction: (id: string, participant: ParticipantName, reason: string) => void;
}

export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #waiting: FirstSeen;
  readonly #untold: FirstSeen;
  /** The transaction that was looked at last: participants that stay away must not keep the others from being told. */
  #after: string | undefined;
  /** Looked at since the first one. */
  #pass: string[] = [];
  #telling = false;
  #asking = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    // What waits when this node starts has waited while it was down.
    this.#waiting = new FirstSeen(Number.NEGATIVE_INFINITY);
    this.#untold = new FirstSeen();
  }

  /** One round of each loop that is not running: telling somebody who is dead takes its time, and must not hold up who asks. */
  async round(): Promise<void> {
    await Promise.all([this.#tellRound(), this.#askRound()]);
  }

  async #tellRound(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    try {
      await this.#tell();
    } finally {
      this.#telling = false;
    }
  }

  async #askRound(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      await this.#ask();
    } finally {
      this.#asking = false;
    }
  }

  async #tell(): Promise<void> {
    const { channel, clock } = this.#options;
    if (!this.#options.mayBeUntold()) return;
    const input = { limit: MAX_PER_ROUND, ...(this.#after !== undefined && { after: this.#after }) };
    // Not a stale answer: one from a node that is behind would have forgotten since when something waits.
    const reply = await channel.call({ group: "transactions", name: "untold", input, timeout: TIMEOUT_MS });
    if (!reply.ok) return;
    const untold = Untold.parse(reply.value);
    const now = clock.now();
    const late = untold.filter(({ id }) => this.#untold.waits(id, now) >= TELL_AFTER_MS);
    this.#pass.push(...untold.map(({ id }) => id));
    this.#after = this.#pass.at(-1);
    if (untold.length < MAX_PER_ROUND) {
      // That was the end: the next round starts over.
      this.#untold.keep(this.#pass);
      this.#pass = [];
      this.#after = undefined;
    }
    await Promise.all(late.map(({ id, untold, decision }) => this.#tellAll(id, untold, decision.commit)));
  }

  async #tellAll(id: string, names: readonly string[], commit: boolean): Promise<void> {
    const told = await Promise.all(names.map((name) => this.#tellOne(id, name, commit)));
    const participants = names.filter((_, position) => told[position]);
    if (participants.length === 0) return;
    const input = { id, participants };
    await this.#options.channel.call({ group: "transactions", name: "acknowledge", input, timeout: TIMEOUT_MS });
  }

  async #tellOne(id: string, name: string, commit: boolean): Promise<boolean> {
    const participant = this.#options.participant(name);
    const told = await participant?.tell(id, commit, { timeout: TIMEOUT_MS });
    if (participant !== undefined && told?.kind === "contradiction") {
      this.#options.onContradiction(id, participant.name, told.reason);
    }
    return told?.kind === "acknowledged";
  }

  async #ask(): Promise<void> {
    const { channel, clock } = this.#options;
    const now = clock.now();
    const waiting = this.#options.waiting();
    const lost = this.#options.lost().slice(0, MAX_LOST);
    const late = waiting.filter(
      ({ id, participant }) => this.#waiting.waits(`${participant} ${id}`, now) >= askAfter(participant),
    );
    this.#waiting.keep(waiting.map(({ id, participant }) => `${participant} ${id}`));
    await Promise.all(
      late.slice(0, MAX_PER_ROUND).map(async ({ id, participant: name }) => {
        const input = { id, ...(lost.length > 0 && { lost }) };
        const reply = await channel.call({ group: "transactions", name: "inquire", input, timeout: TIMEOUT_MS });
        if (!reply.ok) return;
        const { commit } = Answer.parse(reply.value);
        if (commit !== null) await this.#tellOne(id, name, commit);
      }),
    );
  }
}

function askAfter(participant: ParticipantName): number {
  return participant.startsWith("group:") ? GROUP_ASKS_AFTER_MS : ASK_AFTER_MS;
}

/** Since when something is there, in milliseconds of one clock. Bounded by what there is at once. */
class FirstSeen {
  #since = new Map<string, number>();
  #initially: number | undefined;

  /** @param initially of what is there at the first look; the time of the look when absent. */
  constructor(initially?: number) {
    this.#initially = initially;
  }

  waits(name: string, now: number): number {
    const since = this.#since.get(name) ?? this.#initially ?? now;
    this.#since.set(name, since);
    return now - since;
  }

  /** Forgets all others. The look is over. */
  keep(names: readonly string[]): void {
    this.#since = new Map(names.map((name) => [name, this.#since.get(name) ?? 0]));
    this.#initially = undefined;
  }
}
