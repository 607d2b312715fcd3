/** The library machine as a log drives it: JSON in, JSON out, an index and a clock that only grow. */
import { library } from "../../../consensus-nodes/machines/library.ts";
import { BOUNDS, emptyState, type LibraryState } from "../../../consensus-nodes/machines/library-state.ts";
import type { Machine } from "../../../consensus-nodes/machines/machine.ts";

const machine: Machine = library;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Where the clocks of tests begin. */
export const EIGHT = Date.UTC(2026, 10, 21, 8);

export class LibraryLog {
  state: LibraryState;
  index = 0;
  /** Milliseconds since the epoch. */
  now = EIGHT;

  constructor(bounds = {}) {
    this.state = emptyState({ ...BOUNDS, ...bounds });
  }

  /** The result as it comes over the wire. The input is what a log decodes: checked, and not altered. */
  run(name: string, input: unknown): unknown {
    const command = machine.commands[name];
    if (command === undefined) throw new Error(`no command ${name}`);
    const decoded = json(input);
    command.schema.parse(decoded);
    return json(command.apply(this.state, decoded, this.#next()));
  }

  ask(name: string, input: unknown): unknown {
    const query = machine.queries[name];
    if (query === undefined) throw new Error(`no query ${name}`);
    return json(query.answer(this.state, query.schema.parse(json(input)), { index: this.index }));
  }

  /** Lets time go by; the leader proposes what falls due at its instants. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let next = this.deadline(); next !== undefined && next <= end; next = this.deadline()) {
      this.now = Math.max(this.now, next);
      this.due();
    }
    this.now = end;
  }

  /** The same while there was no leader: what fell due is proposed late, all at once. */
  passWithoutLeader(milliseconds: number): void {
    this.now += milliseconds;
    const next = this.deadline();
    if (next !== undefined && next <= this.now) this.due();
  }

  due(): void {
    machine.due?.(this.state, this.#next());
    const next = this.deadline();
    if (next !== undefined && next <= this.now)
      throw new Error(`at ${this.now}, what was due at ${next} is still to do`);
  }

  deadline(): number | undefined {
    return machine.deadline?.(this.state);
  }

  /** As JSON texts: taken now, made as they are walked. */
  capture(): Iterable<string> {
    return texts(machine.snapshots.capture(this.state));
  }

  /** Another that goes on from a snapshot of this one. */
  restored(snapshot: Iterable<string> = this.capture()): LibraryLog {
    const other = new LibraryLog();
    other.state = library.snapshots.restore(Array.from(snapshot, (text): unknown => JSON.parse(text)));
    other.index = this.index;
    other.now = this.now;
    return other;
  }

  #next() {
    this.index += 1;
    return { index: this.index, now: this.now };
  }
}

/** Whether the machine lets the input into a log, or answers it. */
export function accepts(name: string, input: unknown): boolean {
  const schema = machine.commands[name]?.schema ?? machine.queries[name]?.schema;
  if (schema === undefined) throw new Error(`neither command nor query: ${name}`);
  return schema.safeParse(input).success;
}

function* texts(values: Iterable<unknown>): Iterable<string> {
  for (const value of values) yield JSON.stringify(value);
}

function json(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
