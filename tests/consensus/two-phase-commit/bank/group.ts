/**
 * A replicated group as its clients meet it: real applied state, a log that survives, a leader that comes and goes. What reaches
 * a leader is in the log at once; that an entry is lost with its leader is, for a client, a message that was lost.
 */
import { isDeepStrictEqual } from "node:util";
import type { Machine } from "../../../../consensus-nodes/machines/machine.ts";
import { AppliedState } from "../../../../consensus-nodes/replica/applied-state.ts";
import { LogClock } from "../../../../consensus-nodes/replica/log-clock.ts";
import type { Batch, BatchCommand, CommandOutcome } from "../../../../consensus-nodes/wire/batch.ts";
import { DECIDE, Decide } from "../../../../consensus-nodes/wire/transaction-command.ts";
import { Broken } from "./witness.ts";

type GroupEntry = { readonly time: number; readonly batch: Batch | undefined };

export class Group {
  readonly name: string;
  /** Undefined while there is none. */
  leader: number | undefined;
  readonly #machine: Machine;
  readonly #log: GroupEntry[] = [];
  #state: AppliedState;
  /** Of the node that leads. */
  #wall = 0;
  readonly #clock = new LogClock(() => this.#wall, 0);
  readonly #onApplied: (batch: Batch | undefined, outcomes: readonly CommandOutcome[]) => void;
  readonly #forgetful: boolean;

  /** @param forgetful plants a defect: an abort of what was not prepared leaves nothing behind. */
  constructor(
    machine: Machine,
    forgetful: boolean,
    onApplied: (batch: Batch | undefined, outcomes: readonly CommandOutcome[]) => void,
  ) {
    this.#forgetful = forgetful;
    this.name = machine.name;
    this.#machine = machine;
    this.#state = new AppliedState(machine);
    this.#onApplied = onApplied;
  }

  get waiting(): readonly string[] {
    return this.#state.waitingTransactions;
  }

  /** By the leader's clock, in milliseconds. */
  submit(batch: Batch, clock: number): CommandOutcome[] {
    for (const command of batch.c) {
      const refusal = this.#state.refuse(command);
      if (refusal !== undefined) throw new Broken(`a malformed command reached ${this.name}: ${refusal}`);
    }
    if (this.#forgetful && batch.c.some((command) => this.#isUnexpectedAbort(command))) {
      const outcomes = [{ v: { ok: true } }];
      this.#onApplied(batch, outcomes);
      return outcomes;
    }
    return this.#append({ time: this.#stamp(clock), batch });
  }

  /** As the leader does in each tick. */
  tick(clock: number): void {
    const { deadline } = this.#state;
    if (deadline === undefined) return;
    const time = this.#stamp(clock);
    if (deadline <= time) this.#append({ time, batch: undefined });
  }

  query(name: string, input: unknown): unknown {
    const outcome = this.#state.answer(name, input);
    if (!outcome.ok) throw new Broken(`query ${name} of ${this.name}: ${outcome.m}`);
    return JSON.parse(JSON.stringify(outcome.v));
  }

  /** Another node leads. It has the log, and so it must have the state. */
  elect(leader: number): void {
    const replayed = new AppliedState(this.#machine);
    for (const entry of this.#log) apply(replayed, entry);
    if (!isDeepStrictEqual([...replayed.waitingTransactions], [...this.#state.waitingTransactions])) {
      throw new Broken(`the promises of ${this.name} are others after a replay`);
    }
    this.#state = replayed;
    this.leader = leader;
  }

  #append(entry: GroupEntry): CommandOutcome[] {
    this.#log.push(entry);
    const outcomes = apply(this.#state, entry);
    this.#onApplied(entry.batch, outcomes);
    return outcomes;
  }

  #isUnexpectedAbort([name, input]: BatchCommand): boolean {
    if (name !== DECIDE) return false;
    const { id, commit } = Decide.parse(input);
    return !commit && !this.waiting.includes(id);
  }

  #stamp(clock: number): number {
    this.#wall = clock;
    return this.#clock.read();
  }
}

function apply(state: AppliedState, { time, batch }: GroupEntry): CommandOutcome[] {
  if (batch !== undefined) return state.applyBatch(batch, state.index + 1, time);
  state.applyDue(state.index + 1, time);
  return [];
}
