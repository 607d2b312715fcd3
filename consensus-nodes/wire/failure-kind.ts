/** Why a command or query has no result; consensus-nodes/client/core-failure.ts says what each means. */
export const failureKinds = [
  "NoLeader",
  "Overloaded",
  "Unknown",
  "Timeout",
  "KeyReused",
  "Conflict",
  "Invalid",
  "Defect",
] as const;
export type FailureKind = (typeof failureKinds)[number];
