/** What clients did to one system: the input of the checker. */

export interface Operation<Input, Output> {
  /** Does one thing at a time, and nothing more after an operation that stays open. */
  readonly client: string;
  /** Register, room, journal: operations on different keys have nothing to do with each other. */
  readonly key: string;
  /** Any unit, of one clock for the whole history. */
  readonly call: number;
  /** call <= return. Open when undefined: it may take effect at any time after its call, or never. */
  readonly return: number | undefined;
  /** A JSON value. */
  readonly input: Input;
  /** Undefined exactly when the operation is open. */
  readonly output: Output | undefined;
}

export type History<Input, Output> = readonly Operation<Input, Output>[];

/** By key, in the order of the calls; keys in the order of their first call. */
export function partitionByKey<Input, Output>(
  history: History<Input, Output>,
): ReadonlyMap<string, History<Input, Output>> {
  return Map.groupBy(inOrderOfCalls(history), ({ key }) => key);
}

/** @throws {Error} on a history that no recorder can have made: a verdict on it would mean nothing. */
export function assertWellFormed<Input, Output>(history: History<Input, Output>): void {
  const latest = new Map<string, Operation<Input, Output>>();
  for (const operation of inOrderOfCalls(history)) {
    const { client, call, output } = operation;
    const end = operation.return;
    if (!Number.isFinite(call)) throw new Error(`client ${client}: called at ${call}`);
    if (end !== undefined && !(call <= end && end < Infinity)) {
      throw new Error(`client ${client}: called at ${call}, returned at ${end}`);
    }
    if ((end === undefined) !== (output === undefined)) {
      throw new Error(`client ${client}, called at ${call}: an output and a return come together or not at all`);
    }
    const before = latest.get(client);
    if (before !== undefined && (before.return === undefined || before.return > call)) {
      throw new Error(`client ${client}: called at ${call}, while what it called at ${before.call} had not returned`);
    }
    latest.set(client, operation);
  }
}

function inOrderOfCalls<Input, Output>(history: History<Input, Output>): Operation<Input, Output>[] {
  return history.toSorted((a, b) => a.call - b.call);
}
