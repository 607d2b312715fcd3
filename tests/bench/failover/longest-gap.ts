/**
 * For how long nothing succeeded: from the last success before to the first success after.
 *
 *     successes   |  |   |            |    |
 *                      ^ from                  ^ until
 *                        |<- longest->|
 */

/** @param times of successes, in order @returns the longest stretch between two of them that lies at least partly within */
export function longestGap(times: readonly number[], from: number, until: number): number {
  let longest = 0;
  let before = times[0] ?? until;
  for (const time of times) {
    if (time > from && before < until) longest = Math.max(longest, time - before);
    before = time;
  }
  return longest;
}
