/** Small histories written as they are drawn in papers: a line per client, time from left to right. */
import type { Operation } from "./history.ts";

/** Of an operation in a drawing. `output: undefined` stands for one without an answer. */
export interface Drawn<Input, Output> {
  readonly input: Input;
  readonly output?: Output | undefined;
}

/**
 *     a  [w1--]   [r2]
 *     b     [w2------>
 * A bar is an operation: its name is looked up in `operations`; `>` instead of `]` leaves it open. All on one key.
 */
export function drawHistory<Input, Output>(
  drawing: string,
  operations: Readonly<Record<string, Drawn<Input, Output>>>,
  key = "x",
): Operation<Input, Output>[] {
  const lines = drawing.split("\n").filter((line) => line.trim() !== "");
  return lines.flatMap((line) => {
    const client = line.trim().split(" ")[0] ?? "";
    return [...line.matchAll(/\[([^\]>[-]+)-*([\]>])/g)].map((bar) => {
      const [text, name = "", end] = bar;
      const drawn = operations[name];
      if (drawn === undefined) throw new Error(`the drawing has ${name}, which is not among the operations`);
      const { input, output } = drawn;
      const started = { client, key, call: bar.index, input };
      if (end === ">") return { ...started, return: undefined, output: undefined };
      if (output === undefined) throw new Error(`${name} returns and has no output`);
      return { ...started, return: bar.index + text.length - 1, output };
    });
  });
}
