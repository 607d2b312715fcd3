/** A broken invariant: the algorithm or its driver is wrong, and the process must not go on. */
export class InvariantViolation extends Error {
  constructor(message: string) {
    super(`invariant violated: ${message}`);
    this.name = "InvariantViolation";
  }
}

/** Stays on in production. `message` says what was expected and what was found; it is built only when it is needed. */
export function invariant(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw new InvariantViolation(message());
}
