/** Transactions over queues, pictures and the journal, in any order with plain commands: all of each, or nothing of it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { journal } from "../../../consensus-nodes/machines/journal.ts";
import type { Machine } from "../../../consensus-nodes/machines/machine.ts";
import { pictures } from "../../../consensus-nodes/machines/pictures.ts";
import { queue } from "../../../consensus-nodes/machines/queue.ts";
import { MAX_ROOMS } from "../../../consensus-nodes/machines/queue-state.ts";
import { AppliedState } from "../../../consensus-nodes/replica/applied-state.ts";
import type { CommandOutcome } from "../../../consensus-nodes/wire/batch.ts";
import { DECIDE, GroupOutcome, GroupVote, PREPARE } from "../../../consensus-nodes/wire/transaction-command.ts";

const machines: readonly Machine[] = [queue, pictures, journal];
const done = new Set([
  "added",
  "unchanged",
  "removed",
  "voted",
  "playing",
  "synchronized",
  "cleared",
  "stored",
  "liked",
]);

interface Operation {
  readonly group: string;
  readonly name: string;
  readonly input: unknown;
}

/** A group, and beside it the state that follows from its plain commands and the committed transactions alone. */
class Group {
  readonly #state: AppliedState;
  readonly #machine: Machine;
  readonly #expected: unknown;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#state = new AppliedState(machine);
    this.#expected = machine.initial();
  }

  /** Carried out, unless a transaction is in the way. */
  plain(name: string, input: unknown): void {
    const outcome = this.#apply(name, input);
    if ("e" in outcome) expect(outcome.e).toBe("Conflict");
    else expect(this.#expect(name, input)).toEqual(outcome.v);
  }

  prepare(id: string, operations: readonly Operation[]): GroupVote {
    const outcome = this.#apply(PREPARE, { id, commands: operations.map(({ name, input }) => [name, input]) });
    return GroupVote.parse("e" in outcome ? outcome : outcome.v);
  }

  decide(id: string, commit: boolean, operations: readonly Operation[]): readonly unknown[] {
    const outcome = this.#apply(DECIDE, { id, commit });
    const told = GroupOutcome.parse("e" in outcome ? outcome : outcome.v);
    if (!told.ok) throw new Error(told.contradiction);
    const results = commit ? operations.map(({ name, input }) => this.#expect(name, input)) : [];
    expect(told.results ?? []).toEqual(results);
    return results;
  }

  expectAsIfNeverPrepared(): void {
    const parts = [...this.#state.capture()];
    const machine = [...this.#machine.snapshots.capture(this.#expected)];
    expect(parts.slice(parts.length - machine.length)).toEqual(machine);
    expect(this.#state.waitingTransactions).toEqual([]);
  }

  #apply(name: string, input: unknown): CommandOutcome {
    expect(this.#state.refuse([name, input])).toBeUndefined();
    const index = this.#state.index + 1;
    const [outcome] = this.#state.applyBatch({ n: 1, a: 1, c: [[name, input]] }, index, index);
    if (outcome === undefined) throw new Error("a batch of one has one outcome");
    return outcome;
  }

  #expect(name: string, input: unknown): unknown {
    const { index } = this.#state;
    return this.#machine.commands[name]?.apply(this.#expected, input, { index, now: index });
  }
}

// Few names, so that they meet.
const room = fc.constantFrom("a", "b");
const id = fc.constantFrom(1, 2);
const filename = fc.constantFrom("x.jpg", "y.jpg");
const node = fc.constantFrom(1, 2);
const track = fc.record({
  id,
  title: fc.constantFrom("A", "B"),
  artist: fc.constant(""),
  duration: fc.constant(0),
});
const sha256 = fc.constantFrom("a".repeat(64), "b".repeat(64));
const put = fc.record({
  filename,
  type: fc.constant("image/jpeg"),
  size: fc.constant(1),
  sha256,
  nodes: node.map((node) => [node]),
});
const operationOf = (group: string, name: string, input: fc.Arbitrary<unknown>): fc.Arbitrary<Operation> =>
  input.map((input) => ({ group, name, input }));
const operation = fc.oneof(
  { weight: 4, arbitrary: operationOf("queue", "addTrack", fc.record({ room, track })) },
  operationOf("queue", "removeTrack", fc.record({ room, id })),
  { weight: 2, arbitrary: operationOf("queue", "vote", fc.record({ room, id, up: fc.boolean() })) },
  operationOf("queue", "playNext", fc.record({ room })),
  operationOf("queue", "sync", fc.record({ room, tracks: fc.array(track, { maxLength: 3 }) })),
  operationOf("queue", "clear", fc.record({ room })),
  { weight: 4, arbitrary: operationOf("pictures", "put", put) },
  operationOf("pictures", "removeFrom", fc.record({ filename, node })),
  operationOf("pictures", "removeAll", fc.record({ filename })),
  operationOf("pictures", "like", fc.record({ filename })),
  {
    weight: 3,
    arbitrary: operationOf(
      "journal",
      "append",
      fc.record({ text: fc.string({ maxLength: 3 }), source: fc.constant("") }),
    ),
  },
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("plain" as const), operation }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("begin" as const),
      operations: fc.array(operation, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("decide" as const), which: fc.nat(), changesItsMind: fc.boolean() }),
  },
);

describe("a transaction over several groups", () => {
  test("happens as if at once, when all can carry it out, or not at all", () => {
    const seen = { committed: 0, refused: 0, dropped: 0 };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const groups = new Map(machines.map((machine) => [machine.name, new Group(machine)]));
        const open: { readonly id: string; readonly shares: Map<Group, Operation[]>; readonly yes: boolean }[] = [];
        const groupOf = ({ group }: Operation): Group => groups.get(group) ?? expect.fail(`no group ${group}`);
        const decide = (which: number, commit: boolean) => {
          const [transaction] = open.splice(which % Math.max(1, open.length), 1);
          if (transaction === undefined) return;
          const { id, shares, yes } = transaction;
          const commits = yes && commit;
          for (const [group, operations] of shares) {
            for (const result of group.decide(id, commits, operations)) {
              const outcome = Object(result).outcome ?? "added";
              expect(done.has(outcome), `a promise ended as ${outcome}`).toBe(true);
            }
          }
          seen[commits ? "committed" : yes ? "dropped" : "refused"]++;
        };
        for (const [number, step] of steps.entries()) {
          if (step.kind === "plain") groupOf(step.operation).plain(step.operation.name, step.operation.input);
          else if (step.kind === "decide") decide(step.which, !step.changesItsMind);
          else {
            const shares = Map.groupBy(step.operations, groupOf);
            const votes = [...shares].map(([group, operations]) => group.prepare(`t${number}`, operations));
            open.push({ id: `t${number}`, shares, yes: votes.every(({ yes }) => yes) });
          }
        }
        while (open.length > 0) decide(0, true);
        for (const group of groups.values()) group.expectAsIfNeverPrepared();
      }),
      { numRuns: 500 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
  });

  test("has the place that it was promised, though the last one was taken meanwhile", () => {
    const state = new AppliedState(queue);
    const track = { id: 1, title: "T", artist: "", duration: 0 };
    const apply = (name: string, input: unknown) =>
      state.applyBatch({ n: 1, a: 1, c: [[name, input]] }, state.index + 1, 0)[0];
    for (let number = 1; number < MAX_ROOMS; number++) apply("addTrack", { room: `room-${number}`, track });
    expect(apply(PREPARE, { id: "t", commands: [["addTrack", { room: "promised", track }]] })).toEqual({
      v: { yes: true },
    });
    expect(apply("addTrack", { room: "last", track })).toMatchObject({ v: { outcome: "added" } });
    expect(apply("addTrack", { room: "beyond", track })).toMatchObject({ v: { outcome: "full" } });
    expect(apply(DECIDE, { id: "t", commit: true })).toMatchObject({ v: { results: [{ outcome: "added" }] } });
  });
});
