/**
 * Which commands of which client were applied, and with what result: what makes a retry happen once (Raft dissertation,
 * section 6.3). Part of the replicated state: filled by log order alone, equal on every node.
 */
import * as z from "zod";
import type { CommandOutcome } from "../wire/batch.ts";
import { CommandOutcome as CommandOutcomeSchema } from "../wire/batch-outcome.ts";

/** Sessions kept per group; the one unused for longest goes first. A gateway holds one. */
export const MAX_SESSIONS = 1024;

const Captured = z.tuple([z.string(), z.int(), z.array(z.tuple([z.int(), CommandOutcomeSchema]))]);

interface Session {
  /** Results up to here were received by the client and are forgotten. */
  acknowledged: number;
  /** By command number. Every key > acknowledged. */
  readonly results: Map<number, CommandOutcome>;
}

export class Sessions {
  /** In order of last use, oldest first. size <= MAX_SESSIONS */
  readonly #sessions = new Map<string, Session>();

  open(id: string): void {
    if (this.#sessions.has(id)) return;
    if (this.#sessions.size >= MAX_SESSIONS) {
      const [oldest] = this.#sessions.keys();
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    this.#sessions.set(id, { acknowledged: 0, results: new Map() });
  }

  /** Marks the session as used and forgets results below `acknowledgedBelow`. False when there is no such session. */
  touch(id: string, acknowledgedBelow: number): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    // Numbers were applied nearly in order, so the map's order is nearly theirs: forget from the front.
    for (const number of session.results.keys()) {
      if (number >= acknowledgedBelow) break;
      session.results.delete(number);
    }
    session.acknowledged = Math.max(session.acknowledged, acknowledgedBelow - 1);
    return true;
  }

  /** The result of a command that was applied before; undefined when it was not. */
  find(id: string, number: number): CommandOutcome | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    const result = session.results.get(number);
    if (result === undefined && number <= session.acknowledged) {
      return { e: "Unknown", m: `command ${number} of this session was answered before` };
    }
    return result;
  }

  remember(id: string, number: number, result: CommandOutcome): void {
    this.#sessions.get(id)?.results.set(number, result);
  }

  /** As JSON values, for a snapshot. */
  capture(): readonly unknown[] {
    return [...this.#sessions].map(([id, { acknowledged, results }]) => [id, acknowledged, [...results]]);
  }

  /** Puts back one captured value; in the order in which they were captured. */
  restore(value: unknown): void {
    const [id, acknowledged, results] = Captured.parse(value);
    this.#sessions.set(id, { acknowledged, results: new Map(results) });
  }
}
