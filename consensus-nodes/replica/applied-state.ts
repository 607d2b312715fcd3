/**
 * All that a log determines: the machine's state, the sessions, the keyed results. A pure function of the entries applied, in
 * order; equal on every node that has applied as far.
 */
import type * as z from "zod";
import type { ApplyContext, Command, Machine } from "../machines/machine.ts";
import { EntryKind } from "../raft/message.ts";
import { type Batch, type BatchCommand, type CommandOutcome, decodeBatch } from "../wire/batch.ts";
import type { QueryOutcome } from "../wire/query-outcome.ts";
import { DECIDE, Decide, PREPARE, Prepare } from "../wire/transaction-command.ts";
import { explainIssues } from "./explain-issues.ts";
import { KeyedResults } from "./keyed-results.ts";
import type { StoredEntry } from "./log-storage.ts";
import { PreparedCommands } from "./prepared-commands.ts";
import { Sessions } from "./sessions.ts";
import { joinParts, splitParts } from "./snapshots/state-parts.ts";

/** What every machine understands beside its own commands. */
const transactionSchemas: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  [PREPARE, Prepare],
  [DECIDE, Decide],
]);

export class AppliedState {
  readonly machine: Machine;
  readonly #sessions = new Sessions();
  readonly #keyed = new KeyedResults();
  readonly #prepared: PreparedCommands;
  #state: unknown;
  #index = 0;
  #now = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    this.#state = machine.initial();
    this.#prepared = new PreparedCommands(machine);
  }

  /**
   * All of it as JSON values: what is copied is copied now, what is large is made as it is walked. Equal states give equal
   * sequences.
   */
  capture(): Iterable<unknown> {
    return joinParts({
      sessions: this.#sessions.capture(),
      keyed: this.#keyed.capture(),
      promises: this.#prepared.capture(),
      machine: this.machine.snapshots.capture(this.#state),
    });
  }

  /** The state that was captured after the entry `index`, whose clock read `now`. @throws {Error} on what `capture` does not make. */
  static restore(machine: Machine, values: Iterable<unknown>, index: number, now: number): AppliedState {
    const restored = new AppliedState(machine);
    splitParts(values, {
      sessions: (value) => restored.#sessions.restore(value),
      keyed: (value) => restored.#keyed.restore(value),
      promises: (value) => restored.#prepared.restore(value),
      machine: (rest) => {
        restored.#state = machine.snapshots.restore(rest);
      },
    });
    restored.#index = index;
    restored.#now = now;
    return restored;
  }

  /** Of the entry applied last; 0 before the first. */
  get index(): number {
    return this.#index;
  }

  /** Milliseconds since the epoch: the clock of the entry applied last. */
  get now(): number {
    return this.#now;
  }

  /** Transactions that have locked something here and wait for their outcome. */
  get waitingTransactions(): PreparedCommands["waiting"] {
    return this.#prepared.waiting;
  }

  /** When something falls due next, in milliseconds since the epoch. */
  get deadline(): number | undefined {
    return this.machine.deadline?.(this.#state);
  }

  /** Applies an entry as it lies in the log. @throws {Error} when it is not one. */
  replay({ index, kind, time, data }: StoredEntry): void {
    if (kind === EntryKind.deadline) return this.applyDue(index, time);
    if (kind !== EntryKind.commands) return this.skip(index, time);
    const batch = decodeBatch(data);
    if (batch === undefined) throw new Error(`entry ${index} of ${this.machine.name} is not a batch`);
    this.applyBatch(batch, index, time);
  }

  /** The machine's part of `capture`. */
  captureMachine(): Iterable<unknown> {
    return this.machine.snapshots.capture(this.#state);
  }

  /** An entry without commands: a no-op, a configuration. */
  skip(index: number, time: number): void {
    this.#advance(index, time);
  }

  applyDue(index: number, time: number): void {
    this.machine.due?.(this.#state, this.#advance(index, time));
  }

  /** One outcome per command, in order. */
  applyBatch(batch: Batch, index: number, time: number): CommandOutcome[] {
    const context = this.#advance(index, time);
    const { s: session } = batch;
    if (session === undefined) return batch.c.map((command) => this.#applyKeyed(command, context));
    if (batch.open) {
      this.#sessions.open(session);
      return [];
    }
    if (!this.#sessions.touch(session, batch.a)) {
      const outcome: CommandOutcome = { e: "NoSession", m: "no such session: never opened, or long unused" };
      return batch.c.map(() => outcome);
    }
    return batch.c.map((command, offset) => {
      const number = batch.n + offset;
      const earlier = this.#sessions.find(session, number);
      if (earlier !== undefined) return earlier;
      const outcome = this.#applyKeyed(command, context);
      this.#sessions.remember(session, number, outcome);
      return outcome;
    });
  }

  /** Why the command may not enter the log; undefined when it may. */
  refuse([name, input]: BatchCommand): string | undefined {
    const schema = transactionSchemas.get(name) ?? this.#find(name)?.schema;
    if (schema === undefined) return `${this.machine.name} has no command ${JSON.stringify(name)}`;
    const checked = schema.safeParse(input);
    return checked.success ? undefined : explainIssues(checked.error.issues);
  }

  answer(name: string, input: unknown): QueryOutcome {
    const query = Object.hasOwn(this.machine.queries, name) ? this.machine.queries[name] : undefined;
    if (query === undefined) {
      return { ok: false, e: "Invalid", m: `${this.machine.name} has no query ${JSON.stringify(name)}` };
    }
    const checked = query.schema.safeParse(input);
    if (!checked.success) return { ok: false, e: "Invalid", m: explainIssues(checked.error.issues) };
    try {
      return { ok: true, v: query.answer(this.#state, checked.data, { index: this.#index }) };
    } catch (error) {
      return { ok: false, e: "Defect", m: `query ${name} failed: ${String(error)}` };
    }
  }

  #advance(index: number, time: number): ApplyContext {
    if (index !== this.#index + 1) throw new Error(`apply out of order: expected ${this.#index + 1}, found ${index}`);
    this.#index = index;
    this.#now = Math.max(this.#now, time);
    return { index, now: this.#now };
  }

  #applyKeyed(command: BatchCommand, context: ApplyContext): CommandOutcome {
    const [name, input, extra] = command;
    const fingerprint = extra?.print ?? "";
    const earlier = extra?.key === undefined ? undefined : this.#keyed.find(extra.key, fingerprint, context.now);
    if (earlier !== undefined) return earlier;
    const found = this.#find(name);
    const holder = found === undefined ? undefined : this.#prepared.holder(found, input);
    // Not an answer to be given again: the lock passes.
    if (holder !== undefined) return { e: "Conflict", m: `locked by transaction ${holder}` };
    if (extra?.key === undefined) return this.#apply(command, context);
    const outcome = this.#apply(command, context);
    this.#keyed.remember(extra.key, fingerprint, outcome, context.now);
    return outcome;
  }

  #apply([name, input]: BatchCommand, context: ApplyContext): CommandOutcome {
    try {
      if (name === PREPARE) return { v: this.#prepared.prepare(this.#state, Prepare.parse(input)) };
      if (name === DECIDE) return { v: this.#prepared.decide(this.#state, Decide.parse(input), context) };
      const command = this.#find(name);
      if (command === undefined) return { e: "Invalid", m: `no command ${name}` };
      return { v: command.apply(this.#state, input, context) };
    } catch (error) {
      // Every node fails alike, for apply is deterministic: an outcome like any other, but one that wants a developer.
      return { e: "Defect", m: `command ${name} failed: ${String(error)}` };
    }
  }

  #find(name: string): Command<unknown, unknown, unknown> | undefined {
    return Object.hasOwn(this.machine.commands, name) ? this.machine.commands[name] : undefined;
  }
}
