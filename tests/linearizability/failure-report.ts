/** Why a history is not linearizable, for people. */
import type { History, Operation } from "./history.ts";
import type { Model } from "./model.ts";

/** Of the order that can be explained, so many last operations are shown. */
const SHOWN_BEFORE = 10;
/** Of what cannot come next; there is no more than one per client. */
const SHOWN_STUCK = 20;
/** Open operations that were not needed and may be in flight. */
const SHOWN_OPEN = 10;
/** Characters. */
const BAR_WIDTH = 40;
/** Characters of a state or an operation. */
const TEXT_WIDTH = 300;

export interface Failure<State, Input, Output> {
  readonly key: string;
  readonly history: History<Input, Output>;
  readonly prefix: readonly Operation<Input, Output>[];
  readonly state: State;
  readonly stuck: readonly Operation<Input, Output>[];
  readonly model: Model<State, Input, Output>;
}

/**
 *     key "x" is not linearizable: 2 of its 4 operations can be put in order, then none of 1 can come next
 *     in this order:
 *       a  [=======]                          0 .. 3   write 1 -> done
 *       b          [===]                      3 .. 5   write 2 -> done
 *     state: 2
 *     none of these can come next:
 *       a               [=====]               6 .. 8   read -> 1
 */
export function describeFailure<State, Input, Output>(failure: Failure<State, Input, Output>): string {
  const { key, history, prefix, state, stuck, model } = failure;
  const ordered = new Set(prefix);
  const lastReturn = Math.max(...stuck.map((operation) => operation.return ?? operation.call));
  const open = history.filter(
    (operation) => operation.return === undefined && !ordered.has(operation) && operation.call <= lastReturn,
  );
  const shown = {
    prefix: prefix.slice(-SHOWN_BEFORE),
    stuck: stuck.slice(0, SHOWN_STUCK),
    open: open.slice(-SHOWN_OPEN),
  };
  const line = timeLine([...shown.prefix, ...shown.stuck, ...shown.open], model);
  const left = history.length - prefix.length;
  return [
    `key ${JSON.stringify(key)} is not linearizable: ${prefix.length} of its ${history.length} operations can be put in order, then none of the other ${left} fits`,
    `in this order${prefix.length > SHOWN_BEFORE ? ` (the last ${SHOWN_BEFORE})` : ""}:`,
    ...shown.prefix.map(line),
    `state: ${cut(model.stateKey(state))}`,
    "one of these has to come next, and none can:",
    ...shown.stuck.map(line),
    ...(open.length > 0 ? ["without an answer, of no help here:", ...shown.open.map(line)] : []),
  ].join("\n");
}

/** A line per operation, all on one scale. Bars count calls and returns, not time: a pause would flatten everything else. */
function timeLine<State, Input, Output>(
  operations: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
): (operation: Operation<Input, Output>) => string {
  const instants = [...new Set(operations.flatMap((operation) => [operation.call, operation.return ?? []].flat()))];
  instants.sort((a, b) => a - b);
  const column = (instant: number) =>
    Math.round((instants.indexOf(instant) / Math.max(1, instants.length - 1)) * (BAR_WIDTH - 1));
  const clients = Math.max(...operations.map(({ client }) => client.length));
  return ({ client, call, return: end, input, output }) => {
    const from = column(call);
    const to = end === undefined ? BAR_WIDTH : Math.max(from + 1, column(end));
    const bar = `${" ".repeat(from)}[${"=".repeat(to - from - 1)}${end === undefined ? ">" : "]"}`;
    const interval = `${call} .. ${end ?? "?"}`;
    const text = cut(model.describe(input, output));
    return `  ${client.padEnd(clients)}  ${bar.padEnd(BAR_WIDTH + 1)}  ${text}  (${interval})`;
  };
}

function cut(text: string): string {
  return text.length <= TEXT_WIDTH ? text : `${text.slice(0, TEXT_WIDTH)}… (${text.length} characters)`;
}
