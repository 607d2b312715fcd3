/** Whether anybody may still have to be told the outcome of a transaction, as far as this node knows. */
import type { Replica } from "../replica/replica.ts";

/** It leads the log of transactions, and what it has applied does not say that everybody was told: that costs no round to ask. */
export function mayBeUntold(log: Replica | undefined): boolean {
  if (log === undefined) return false;
  const { role, applied, commit } = log.status;
  if (role !== "leader") return false;
  let untold = true;
  log.query({ name: "untold", input: { limit: 1 }, stale: true }, (outcome) => {
    untold = !outcome.ok || !Array.isArray(outcome.v) || outcome.v.length > 0;
  });
  return untold || applied < commit;
}
