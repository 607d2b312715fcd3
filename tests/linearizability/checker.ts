/** Whether a history can be explained by operations that took effect one at a time, each between its call and its return. */
import { describeFailure } from "./failure-report.ts";
import { assertWellFormed, type History, type Operation, partitionByKey } from "./history.ts";
import { searchLinearization } from "./linearization-search.ts";
import type { Model } from "./model.ts";

/**
 * For one key, in steps of the model and comparisons of configurations: counted rather than timed, so that a history gets the
 * same verdict everywhere. A few seconds; honest histories of 300 operations need some thousand.
 */
export const STEPS_PER_KEY = 1_000_000;

export type Verdict<Input, Output> =
  | { readonly verdict: "ok"; readonly steps: number }
  /** The budget was spent on `keys`; the others are linearizable. No pass: whoever asked must fail. */
  | { readonly verdict: "unknown"; readonly steps: number; readonly keys: readonly string[] }
  | {
      readonly verdict: "bad";
      readonly steps: number;
      readonly key: string;
      /** The longest order that can be explained. */
      readonly prefix: readonly Operation<Input, Output>[];
      /** Returned operations of which one has to come next, and none can. */
      readonly stuck: readonly Operation<Input, Output>[];
      /** For people, several lines. */
      readonly report: string;
    };

/** @throws {Error} on a history that is not well-formed */
export function checkLinearizability<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  stepsPerKey = STEPS_PER_KEY,
): Verdict<Input, Output> {
  assertWellFormed(history);
  let steps = 0;
  const undecided: string[] = [];
  for (const [key, operations] of partitionByKey(history)) {
    const result = searchLinearization(operations, model, stepsPerKey);
    steps += result.steps;
    if (result.verdict === "unknown") undecided.push(key);
    if (result.verdict !== "bad") continue;
    const at = (places: readonly number[]) => places.flatMap((place) => operations[place] ?? []);
    const failure = {
      key,
      prefix: at(result.prefix),
      stuck: at(result.stuck).filter((operation) => operation.return !== undefined),
    };
    const report = describeFailure({ ...failure, history: operations, state: result.state, model });
    return { verdict: "bad", steps, ...failure, report };
  }
  return undecided.length > 0 ? { verdict: "unknown", steps, keys: undecided } : { verdict: "ok", steps };
}
