/** Callers who use the system, one call after the other, until they are told to stop; what they saw is then checked. */
export interface Load {
  start(): void;
  /** No new calls. */
  stop(): void;
  /** All calls have their answers. */
  readonly idle: boolean;
  readonly counts: LoadCounts;
  /** @throws {Violation} */
  check(): void;
}

export interface LoadCounts {
  ok: number;
  fail: number;
  unknown: number;
}
