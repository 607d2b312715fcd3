/**
 * Where a test makes a node die in the middle of a protocol: `TUTTI_FAULT_POINT=coordinator:decided` kills the process, as
 * kill -9 does, when it gets there; `coordinator:decided@t7,participant:prepared@t9` when it does in those transactions; `snapshot:named@queue` in that group. Unset,
 * as ever outside tests, it costs a comparison.
 */
const faultPoints = process.env.TUTTI_FAULT_POINT?.split(",");

/** @param subject the transaction, or the group. */
export function reachFaultPoint(step: string, subject: string): void {
  if (faultPoints === undefined) return;
  if (faultPoints.includes(step) || faultPoints.includes(`${step}@${subject}`)) process.kill(process.pid, "SIGKILL");
}
