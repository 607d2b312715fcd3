/** What the system should do, one operation after the other, for one key. */
export interface Model<State, Input, Output> {
  /** Never changed in place. */
  readonly initial: State;
  /**
   * The state after the operation; undefined when an operation with that input cannot have that output in `state`.
   * Without an output (the operation is open, nobody saw its answer) any answer will do.
   */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Equal for two states exactly when no later operation can tell them apart. */
  stateKey(state: State): string;
  /** Whether the operation leaves every state as it is. */
  readOnly(input: Input): boolean;
  /** For people: `write 3`, `read -> 3`, `write 3 -> ?`. */
  describe(input: Input, output: Output | undefined): string;
}
