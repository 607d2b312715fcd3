import type { HardState } from "../log-storage.ts";

/** Why `next` cannot follow `previous`: a term never goes back, and a vote is given once in a term. undefined when it can. */
export function hardStateViolation(previous: HardState, next: HardState): string | undefined {
  if (next.term < previous.term) return `expected term ${previous.term} or a later one, found ${next.term}`;
  if (next.term === previous.term && previous.vote !== null && next.vote !== previous.vote) {
    return `expected the vote of term ${next.term} to stay with node ${previous.vote}, found ${next.vote}`;
  }
  return undefined;
}
