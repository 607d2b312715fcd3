/** The definition of linearizability, tried out: every order of every choice of open operations. For tiny histories of one key. */
import type { History, Operation } from "./history.ts";
import type { Model } from "./model.ts";

/** How many returned operations the best order holds: the history is linearizable when that is all of them. */
export function mostOrdered<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
): number {
  const extend = (state: State, left: History<Input, Output>): number => {
    let most = 0;
    for (const operation of left) {
      const others = left.filter((other) => other !== operation);
      if (others.some((other) => endsBefore(other, operation))) continue;
      const next = model.step(state, operation.input, operation.output);
      if (next === undefined) continue;
      most = Math.max(most, (operation.return === undefined ? 0 : 1) + extend(next, others));
    }
    return most;
  };
  return extend(model.initial, history);
}

export function returned<Input, Output>(history: History<Input, Output>): number {
  return history.filter((operation) => operation.return !== undefined).length;
}

function endsBefore<Input, Output>(a: Operation<Input, Output>, b: Operation<Input, Output>): boolean {
  return a.return !== undefined && a.return < b.call;
}
