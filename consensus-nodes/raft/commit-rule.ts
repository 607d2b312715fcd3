/**
 * Which index a leader may commit (paper, section 5.4.2 and figure 8): the highest that a majority has on disk, but only once
 * that entry is of the leader's own term. Entries of older terms are committed with it, never by counting copies:
 *
 *     index   1 2 3      term 4: S1 leads, S1..S3 hold index 2 of term 2. Committing it now would be wrong:
 *     S1      1 2 4      S5, with a last entry of term 3, could still win and overwrite it. Once index 3 of
 *     S5      1 3        term 4 is on a majority, S5 cannot win any more.
 */
import type { LogTerms } from "./log-terms.ts";
import { reachedByMajority } from "./quorum.ts";

/** @param matches per voter, the leader included, the highest index known to be durable there. */
export function committable(matches: readonly number[], log: LogTerms, term: number, commit: number): number {
  const reached = reachedByMajority(matches);
  return reached > commit && log.term(reached) === term ? reached : commit;
}
