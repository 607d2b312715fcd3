/**
 * What is replicated: a deterministic state machine, defined once. From the definition follow its client, the types of
 * that client and its wire form.
 */
import type * as z from "zod";

/** What a command may know beside its state and its input. There is no other clock and no randomness. */
export interface ApplyContext {
  /** Milliseconds since the epoch: the leader's clock, stamped into the entry. Never goes back along a log. */
  readonly now: number;
  /** Of the log entry that carries the command. */
  readonly index: number;
  /**
   * A transaction carries out what it promised: `check` found nothing against it, and its keys were locked since. What has no key,
   * a bound over all of them, may have been reached meanwhile: it is passed, by no more than what is promised at once.
   */
  readonly promised?: true;
}

/**
 * A change. `schema` checks what a client sent before it enters the log; it must not transform, for the log holds what was
 * sent and every node applies exactly that. `apply` changes `state` in place and returns a JSON value; refusals are values
 * too. It does no I/O, reads no clock, draws no random number, and never throws on input that its schema accepts.
 */
export interface Command<State, Input, Result> {
  readonly schema: z.ZodType<Input>;
  apply(state: State, input: Input, context: ApplyContext): Result;
  /**
   * What the command reads and changes, by names of the machine's own. A transaction locks them from its prepare to its outcome;
   * meanwhile other commands on them get Conflict. A command without keys takes part in no transaction, and waits for none.
   */
  keys?(input: Input): readonly string[];
  /** Why `apply` would refuse now; undefined when it would not. Asked at prepare; what holds then holds while the keys are locked. */
  check?(state: State, input: Input): string | undefined;
}

/** What a query may know beside the state and its input. */
export interface QueryContext {
  /** Of the log entry applied last: a query with `after: index + 1` waits for what comes next. */
  readonly index: number;
}

/** A question. `answer` changes nothing and returns a JSON value. */
export interface Query<State, Input, Result> {
  readonly schema: z.ZodType<Input>;
  answer(state: State, input: Input, context: QueryContext): Result;
}

/**
 * A state as a sequence of JSON values, and back. `capture` takes the state as it stands in little time, by sharing what later
 * commands replace rather than change; the values are made as they are walked, while commands go on. Two states that answer
 * alike give the same sequence, and a restored one goes on like the one that was captured.
 */
export interface Snapshots<State> {
  capture(state: State): Iterable<unknown>;
  /** @throws {Error} on what `capture` does not make. */
  restore(values: Iterable<unknown>): State;
}

// The parameters of commands and queries are methods, hence bivariant: any machine is assignable to `Machine`.
type Commands<State> = Readonly<Record<string, Command<State, unknown, unknown>>>;
type Queries<State> = Readonly<Record<string, Query<State, unknown, unknown>>>;

export interface Machine<
  State = unknown,
  C extends Commands<State> = Commands<State>,
  Q extends Queries<State> = Queries<State>,
> {
  /** Also the name of the group that replicates it. */
  readonly name: string;
  /** A fresh state, before the first entry. */
  initial(): State;
  readonly commands: C;
  readonly queries: Q;
  readonly snapshots: Snapshots<State>;
  /** The next instant (milliseconds since the epoch) at which something falls due; undefined when nothing will. */
  deadline?(state: State): number | undefined;
  /** Carries out what is due at `context.now`. The leader proposes it as an entry of its own when `deadline` has come. */
  due?(state: State, context: ApplyContext): void;
}

/** @throws {Error} when a command and a query share a name: both are methods of one client. */
export function defineMachine<State, C extends Commands<State>, Q extends Queries<State>>(
  machine: Machine<State, C, Q>,
): Machine<State, C, Q> {
  for (const name of Object.keys(machine.commands)) {
    if (Object.hasOwn(machine.queries, name)) {
      throw new Error(`machine ${machine.name}: "${name}" is both a command and a query`);
    }
  }
  return machine;
}

/** A command whose input type follows from its schema: `command(Vote, (state: QueueState, vote, context) => …)`. */
export function command<State, Input, Result>(
  schema: z.ZodType<Input>,
  apply: (state: State, input: Input, context: ApplyContext) => Result,
  transactional: Pick<Command<NoInfer<State>, NoInfer<Input>, Result>, "keys" | "check"> = {},
): Command<State, Input, Result> {
  return { schema, apply, ...transactional };
}

/** A query whose input type follows from its schema. */
export function query<State, Input, Result>(
  schema: z.ZodType<Input>,
  answer: (state: State, input: Input, context: QueryContext) => Result,
): Query<State, Input, Result> {
  return { schema, answer };
}
