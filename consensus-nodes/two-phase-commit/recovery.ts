/**
 * Finishes what dead coordinators left. Two loops, on every node:
 *
 *   tell   where the group `transactions` is led: decided, and not acknowledged by all -> told once more
 *   ask    wherever a promise waits for its outcome for too long -> `inquire` of the log of transactions; "nothing known" is
 *          written there as an abort before it comes back
 */

import { z } from "zod";
import type { CoreChannel } from "../client/core-channel.ts";
import type { Participant, ParticipantName } from "./participant.ts";

export const RECOVERY_INTERVAL_MS = 150;
/** A coordinator that lives has told everybody by then. */
const TELL_AFTER_MS = 400;
/** Beyond the coordinator's own deadline for a decision. */
const ASK_AFTER_MS = 1000;
/** Of one round; the rest follows in the next. */
const MAX_PER_ROUND = 64;
const TIMEOUT_MS = 1000;

const Untold = z.array(
  z.object({
    id: z.string(),
    untold: z.array(z.string()),
    decision: z.object({ commit: z.boolean(), at: z.number() }),
  }),
);
const Answer = z.object({ commit: z.boolean().nullable() });

/** A participant of this node whose promises wait. */
export interface Waiting {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Where the promise was given. */
  readonly participant: ParticipantName;
}

export interface RecoveryOptions {
  readonly channel: CoreChannel;
  /** This node leads the group `transactions`. */
  readonly leadsTransactions: () => boolean;
  /** Promises that this node answers for: its own, and those of the groups it leads. */
  readonly waiting: () => readonly Waiting[];
  /** To be told an outcome; undefined when the name means nothing here. */
  readonly participant: (name: string) => Participant | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onContradiction: (id: string, participant: ParticipantName, reason: string) => void;
}

export class Recovery {
  readonly #options: RecoveryOptions;
  #running = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** One round; does nothing while one is running. */
  async round(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await Promise.all([this.#tell(), this.#ask()]);
    } finally {
      this.#running = false;
    }
  }

  async #tell(): Promise<void> {
    if (!this.#options.leadsTransactions()) return;
    const { channel, now } = this.#options;
    const input = { limit: MAX_PER_ROUND };
    const reply = await channel.call({
      group: "transactions",
      name: "untold",
      input,
      timeout: TIMEOUT_MS,
      stale: true,
    });
    if (!reply.ok) return;
    const late = Untold.parse(reply.value).filter(({ decision }) => decision.at + TELL_AFTER_MS <= now());
    await Promise.all(late.map(({ id, untold, decision }) => this.#tellAll(id, untold, decision.commit)));
  }

  async #tellAll(id: string, names: readonly string[], commit: boolean): Promise<void> {
    const acknowledged: string[] = [];
    await Promise.all(
      names.map(async (name) => {
        const participant = this.#options.participant(name);
        if (participant === undefined) return;
        const told = await participant.tell(id, commit, { timeout: TIMEOUT_MS });
        if (told.kind === "acknowledged") acknowledged.push(name);
        if (told.kind === "contradiction") this.#options.onContradiction(id, participant.name, told.reason);
      }),
    );
    if (acknowledged.length === 0) return;
    const input = { id, participants: acknowledged };
    await this.#options.channel.call({ group: "transactions", name: "acknowledge", input, timeout: TIMEOUT_MS });
  }

  async #ask(): Promise<void> {
    const { channel, now } = this.#options;
    const late = this.#options.waiting().filter(({ since }) => since + ASK_AFTER_MS <= now());
    await Promise.all(
      late.slice(0, MAX_PER_ROUND).map(async ({ id, participant: name }) => {
        const reply = await channel.call({
          group: "transactions",
          name: "inquire",
          input: { id },
          timeout: TIMEOUT_MS,
        });
        if (!reply.ok) return;
        const { commit } = Answer.parse(reply.value);
        if (commit !== null) await this.#options.participant(name)?.tell(id, commit, { timeout: TIMEOUT_MS });
      }),
    );
  }
}
