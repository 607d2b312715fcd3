/** All bugs that can be planted, by name. */
import { NoDeduplication, OpenFateRefused, ReadWithoutIndex } from "./client-bugs.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { CommittedByCount, ForgottenVote, HastyVote, SkippedSync, StaleSuffix } from "./raft-bugs.ts";
import { EmptyDiskVotes, IndexApart, SessionsLost } from "./snapshot-bugs.ts";
import { AbortToldUnwritten, HastyPromise, LastDecisionWins, LockReleasedAtPrepare } from "./transaction-bugs.ts";

export const plantedBugs: Readonly<Record<string, new () => PlantedBug>> = {
  "a skipped sync": SkippedSync,
  "a vote answered before it is durable": HastyVote,
  "a forgotten vote": ForgottenVote,
  "an old term committed by count": CommittedByCount,
  "applied out of a stale suffix": StaleSuffix,
  "a read without read index": ReadWithoutIndex,
  "no de-duplication of retries": NoDeduplication,
  "an open fate told as a refusal": OpenFateRefused,
  "sessions lost in a snapshot": SessionsLost,
  "a snapshot's state and index apart": IndexApart,
  "a vote of a node that lost its disk": EmptyDiskVotes,
  "a lock released at prepare": LockReleasedAtPrepare,
  "the last decision wins": LastDecisionWins,
  "an abort told before it is written": AbortToldUnwritten,
  "a promise told before it is durable": HastyPromise,
};

/** @throws {Error} when there is no such bug. */
export function plant(name: string): PlantedBug {
  const Bug = plantedBugs[name];
  if (Bug === undefined) throw new Error(`no such bug; there are: ${Object.keys(plantedBugs).join("; ")}`);
  return new Bug();
}
