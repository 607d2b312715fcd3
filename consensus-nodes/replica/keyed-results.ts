/**
 * Results under idempotency keys: the first answer again, to whoever asks with the same key, for 24 h of the log's clock.
 * Part of the replicated state.
 */
import * as z from "zod";
import type { CommandOutcome } from "../wire/batch.ts";

const LIFETIME_MS = 24 * 3600 * 1000;
/** Characters of JSON kept in all; beyond that the oldest results go before their time. Bounds a node's memory. */
export const MAX_CHARACTERS = 64 * 1024 * 1024;

const Captured = z.tuple([z.string(), z.string(), z.string(), z.int()]);

interface Kept {
  readonly fingerprint: string;
  /** CommandOutcome as JSON: one flat string weighs what it says, whatever the machine shares with it later. */
  readonly outcome: string;
  /** Milliseconds since the epoch, of the entry that carried the first request. */
  readonly time: number;
}

export class KeyedResults {
  /** In order of time. */
  readonly #kept = new Map<string, Kept>();
  /** Sum of the outcomes' lengths; <= MAX_CHARACTERS after each `remember`. */
  #characters = 0;

  find(key: string, fingerprint: string, now: number): CommandOutcome | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.time + LIFETIME_MS <= now) return undefined;
    if (kept.fingerprint !== fingerprint) {
      return { e: "KeyReused", m: "this idempotency key was used with another request" };
    }
    return JSON.parse(kept.outcome);
  }

  remember(key: string, fingerprint: string, outcome: CommandOutcome, now: number): void {
    this.#forget(key);
    const kept = { fingerprint, outcome: JSON.stringify(outcome), time: now };
    this.#kept.set(key, kept);
    this.#characters += kept.outcome.length;
    for (const [oldest, { time }] of this.#kept) {
      if (time + LIFETIME_MS > now && this.#characters <= MAX_CHARACTERS) break;
      this.#forget(oldest);
    }
  }

  /** As JSON values, for a snapshot. */
  capture(): readonly unknown[] {
    return [...this.#kept].map(([key, { fingerprint, outcome, time }]) => [key, fingerprint, outcome, time]);
  }

  /** Puts back one captured value; in the order in which they were captured. */
  restore(value: unknown): void {
    const [key, fingerprint, outcome, time] = Captured.parse(value);
    this.#kept.set(key, { fingerprint, outcome, time });
    this.#characters += outcome.length;
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#characters -= kept.outcome.length;
  }
}
