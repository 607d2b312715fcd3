/** The queue machine as a log drives it: JSON in, JSON out, an index and a clock that only grow. */
import type { Machine } from "../../../consensus-nodes/machines/machine.ts";
import { queue } from "../../../consensus-nodes/machines/queue.ts";

const machine: Machine = queue;

export class QueueLog {
  readonly state = queue.initial();
  index = 0;
  /** Milliseconds since the epoch. */
  now = 1_700_000_000_000;

  /** The result, exactly as the machine gave it. The input is a copy, as what a log decodes. */
  run(name: string, input: unknown): unknown {
    const command = machine.commands[name];
    if (command === undefined) throw new Error(`no command ${name}`);
    this.index += 1;
    const decoded = command.schema.parse(structuredClone(input));
    return command.apply(this.state, decoded, { index: this.index, now: this.now });
  }

  ask(name: string, input: unknown): unknown {
    const query = machine.queries[name];
    if (query === undefined) throw new Error(`no query ${name}`);
    return query.answer(this.state, query.schema.parse(structuredClone(input)), { index: this.index });
  }

  /** Lets time go by, and the leader propose what fell due. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
    const deadline = this.deadline();
    if (deadline === undefined || deadline > this.now) return;
    this.index += 1;
    machine.due?.(this.state, { index: this.index, now: this.now });
  }

  deadline(): number | undefined {
    return machine.deadline?.(this.state);
  }
}

/** Whether the machine lets the input into a log. */
export function accepts(name: string, input: unknown): boolean {
  const schema = machine.commands[name]?.schema ?? machine.queries[name]?.schema;
  if (schema === undefined) throw new Error(`neither command nor query: ${name}`);
  return schema.safeParse(input).success;
}
