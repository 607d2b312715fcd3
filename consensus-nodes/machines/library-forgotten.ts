/**
 * Whose account was closed a moment ago: a request of theirs may have been let in before, and still be on its way here. It must
 * book nothing that nobody could cancel any more.
 */
import type { LibraryState } from "./library-state.ts";

/** Milliseconds by the log's clock: far longer than any request is on its way. */
export const REMEMBERED_MS = 60_000;
/** The oldest go first. */
const MAX_FORGOTTEN = 10_000;

export function isForgotten({ forgotten }: LibraryState, user: number, now: number): boolean {
  const at = forgotten.get(user);
  return at !== undefined && now - at < REMEMBERED_MS;
}

/** @param at milliseconds since the epoch, not before that of the last call */
export function noteForgotten({ forgotten }: LibraryState, user: number, at: number): void {
  for (const [other, since] of forgotten) {
    if (at - since < REMEMBERED_MS && forgotten.size < MAX_FORGOTTEN) break;
    forgotten.delete(other);
  }
  // Last in order, also when it was there.
  forgotten.delete(user);
  forgotten.set(user, at);
}
