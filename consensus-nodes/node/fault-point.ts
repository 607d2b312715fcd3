/**
 * Where a test makes a node die in the middle of a protocol: `TUTTI_FAULT_POINT=coordinator:decided` kills the process, as
 * kill -9 does, when it gets there. Unset, as ever outside tests, it costs a comparison.
 */
const faultPoint = process.env.TUTTI_FAULT_POINT;

export function reachFaultPoint(step: string): void {
  if (step === faultPoint) process.kill(process.pid, "SIGKILL");
}
