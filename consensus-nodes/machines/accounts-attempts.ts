/** Attempts to log in, counted per login and address before anybody knows how they end: guesses made at once all count. */
import * as z from "zod";

/** Attempts that fail in WINDOW_MS before the next one is refused. */
export const MAX_ATTEMPTS = 5;
export const WINDOW_MS = 20_000;
/**
 * Pairs of login and address with attempts in the window; beyond that attempts by others are refused, for a count that is dropped
 * is a guess that is free. So many passwords cannot be checked in the time, so only who floods the group comes near it.
 */
export const MAX_PAIRS = 50_000;

/** [pair, instants] as JSON values. */
const Captured = z.tuple([z.string(), z.array(z.int())]);

export interface Pair {
  readonly login: string;
  readonly address: string;
}

// An address has no line break.
const keyOf = ({ login, address }: Pair) => `${address}\n${login}`;

export class Attempts {
  /** Instants in ascending order, 1 to MAX_ATTEMPTS of them, never changed in place; pairs in the order of their last attempts. */
  readonly #pairs = new Map<string, readonly number[]>();

  /** Counts an attempt. @returns milliseconds until one would be allowed: 0 when this one was, and only then it is counted. */
  count(pair: Pair, now: number): number {
    this.#forgetBefore(now - WINDOW_MS);
    const key = keyOf(pair);
    const recent = (this.#pairs.get(key) ?? []).filter((instant) => instant > now - WINDOW_MS);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= MAX_ATTEMPTS) return oldest + WINDOW_MS - now;
    if (recent.length === 0 && this.#pairs.size >= MAX_PAIRS) return WINDOW_MS;
    this.#pairs.delete(key);
    this.#pairs.set(key, [...recent, now]);
    return 0;
  }

  forget(pair: Pair): void {
    this.#pairs.delete(keyOf(pair));
  }

  capture(): readonly unknown[] {
    return [...this.#pairs];
  }

  /** Puts back one captured value; in the order in which they were captured. */
  restore(value: unknown): void {
    const [key, instants] = Captured.parse(value);
    this.#pairs.set(key, instants);
  }

  #forgetBefore(limit: number): void {
    for (const [key, instants] of this.#pairs) {
      if ((instants.at(-1) ?? limit) > limit) return;
      this.#pairs.delete(key);
    }
  }
}
