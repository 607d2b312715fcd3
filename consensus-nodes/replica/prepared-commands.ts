/**
 * A group as a participant in transactions: commands are checked and their keys locked at prepare, applied at commit. Part of
 * the replicated state: every node of the group holds the same promises.
 */
import * as z from "zod";
import type { ApplyContext, Command, Machine } from "../machines/machine.ts";
import { Promises } from "../two-phase-commit/promises.ts";
import { type Decide, type GroupOutcome, type GroupVote, Prepare } from "../wire/transaction-command.ts";
import { explainIssues } from "./explain-issues.ts";

export type PreparedCommand = Prepare["commands"][number];

const Captured = z.union([
  z.tuple([
    z.literal("prepared"),
    z.object({ id: z.string(), keys: z.array(z.string()), redo: Prepare.shape.commands }),
  ]),
  z.tuple([z.literal("outcome"), z.string(), z.boolean(), z.int()]),
]);

export class PreparedCommands {
  readonly #machine: Machine;
  readonly #promises = new Promises<readonly PreparedCommand[]>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Ids of the transactions that wait for their outcome. */
  get waiting(): readonly string[] {
    return [...this.#promises.prepared];
  }

  /** The transaction that has locked what the command is about. */
  holder(command: Command<unknown, unknown, unknown>, input: unknown): string | undefined {
    // Most of the time nothing is locked, and the keys need not even be asked for.
    if (command.keys === undefined || !this.#promises.locked) return undefined;
    return this.#promises.holder(command.keys(input));
  }

  prepare(state: unknown, { id, commands }: Prepare): GroupVote {
    const keys: string[] = [];
    const preparation = { id, keys, redo: commands };
    const earlier = this.#promises.earlierVote(preparation);
    if (earlier !== undefined) return earlier;
    const no = (reason: string): GroupVote => ({ yes: false, locked: false, reason });
    for (const [name, input] of commands) {
      const command = this.#find(name);
      if (command?.keys === undefined) return no(`${this.#machine.name}.${name} takes part in no transaction`);
      const checked = command.schema.safeParse(input);
      if (!checked.success) return no(`${name}: ${explainIssues(checked.error.issues)}`);
      keys.push(...command.keys(input));
    }
    // Each command is checked against the state as it is: two on one key could each pass, and not both.
    if (new Set(keys).size < keys.length) return no("two commands of the transaction are about the same key");
    const holder = this.#promises.holder(keys);
    if (holder !== undefined) return { yes: false, locked: true, reason: `locked by transaction ${holder}` };
    for (const [name, input] of commands) {
      const refusal = this.#find(name)?.check?.(state, input);
      if (refusal !== undefined) return no(refusal);
    }
    return this.#promises.prepare(preparation);
  }

  decide(state: unknown, { id, commit }: Decide, context: ApplyContext): GroupOutcome {
    const decided = this.#promises.decide(id, commit, context.now);
    if (decided.kind === "contradiction") return { ok: false, contradiction: decided.reason };
    if (decided.kind === "repeated" || !commit) return { ok: true };
    const promised = { ...context, promised: true } as const;
    const results = decided.redo.map(([name, input]) => this.#find(name)?.apply(state, input, promised));
    return { ok: true, results };
  }

  /** As JSON values, for a snapshot. */
  capture(): readonly unknown[] {
    return this.#promises.capture();
  }

  /** Puts back one captured value; in the order in which they were captured. */
  restore(value: unknown): void {
    const captured = Captured.parse(value);
    if (captured[0] === "prepared") this.#promises.restorePrepared(captured[1]);
    else this.#promises.restoreOutcome(captured[1], captured[2], captured[3]);
  }

  #find(name: string): Command<unknown, unknown, unknown> | undefined {
    return Object.hasOwn(this.#machine.commands, name) ? this.#machine.commands[name] : undefined;
  }
}
