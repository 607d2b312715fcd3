import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostOrdered, returned } from "./brute-force.ts";
import { checkLinearizability } from "./checker.ts";
import type { History, Operation } from "./history.ts";
import type { Model } from "./model.ts";
import { type JournalInput, type JournalOutput, journal } from "./models/journal.ts";
import { type KeyValueInput, keyValue } from "./models/key-value.ts";
import { type RegisterInput, type RegisterOutput, register, type Value } from "./models/register.ts";
import { type Execution, type Reference, randomExecution } from "./random-execution.ts";

const LARGE: Execution = { clients: 5, maxTurns: 600, maxLost: 25 };
const SMALL: Execution = { clients: 4, maxTurns: 20, maxLost: 20 };
/** Operations: brute force takes their factorial. */
const TINY = 7;

const value = fc.integer({ min: 1, max: 3 });
const registerInput: fc.Arbitrary<RegisterInput> = fc.oneof(
  fc.constant({ name: "read" } as const),
  fc.record({ name: fc.constant("write" as const), value }),
  fc.record({ name: fc.constant("compareAndSet" as const), expected: value, value }),
);
const letter = fc.constantFrom("a", "b");
const keyValueInput: fc.Arbitrary<KeyValueInput> = fc.oneof(
  fc.constant({ name: "get" } as const),
  fc.record({ name: fc.constantFrom("put" as const, "append" as const), value: letter }),
);
const journalInput = (text: fc.Arbitrary<string>, limit: fc.Arbitrary<number>): fc.Arbitrary<JournalInput> =>
  fc.oneof(
    fc.record({ name: fc.constant("read" as const), limit }),
    fc.record({ name: fc.constant("append" as const), text }),
  );

function freshRegister(): Reference<RegisterInput, RegisterOutput> {
  let held: Value = null;
  const run = (input: RegisterInput): RegisterOutput => {
    if (input.name === "read") return { name: "value", value: held };
    const equal = input.name === "write" || held === input.expected;
    if (equal) held = input.value;
    return input.name === "write" ? { name: "written" } : { name: "compared", equal };
  };
  return { run };
}

function freshText(): Reference<KeyValueInput, string> {
  let held = "";
  const run = (input: KeyValueInput) => {
    if (input.name === "get") return held;
    held = input.name === "put" ? input.value : held + input.value;
    return "";
  };
  return { run };
}

function freshJournal(): Reference<JournalInput, JournalOutput> {
  const records: { text: string; index: number }[] = [];
  const run = (input: JournalInput): JournalOutput => {
    if (input.name === "read")
      return { name: "records", records: records.slice(-input.limit), appended: records.length };
    records.push({ text: input.text, index: 3 * records.length + 1 });
    return { name: "appended", index: 3 * records.length - 2 };
  };
  return { run };
}

interface Subject<State, Input, Output> {
  readonly model: Model<State, Input, Output>;
  /** With few values, so that they are mistaken for each other. */
  readonly input: fc.Arbitrary<Input>;
  /** As a run is recorded: where many answers are lost and nothing tells their values apart, no checker gets far. */
  readonly recorded?: fc.Arbitrary<Input>;
  readonly size?: Execution;
  readonly fresh: () => Reference<Input, Output>;
}

function promises<State, Input, Output>(
  name: string,
  { model, input, recorded = input, size = LARGE, fresh }: Subject<State, Input, Output>,
): void {
  const executions = {
    large: randomExecution(recorded, model.readOnly, fresh, size),
    small: randomExecution(input, model.readOnly, fresh, SMALL),
  };

  describe(name, () => {
    test("what a working system does is linearizable, also when answers are lost", () => {
      fc.assert(
        fc.property(executions.large, (history) => {
          expect(checkLinearizability(history, model).verdict).toBe("ok");
        }),
        { numRuns: 30 },
      );
    });

    test("with answers and instants exchanged, the checker finds what trying every order finds", () => {
      const verdicts = new Set<string>();
      const exchanges = fc.array(
        fc.record({ from: fc.nat(), to: fc.nat(), what: fc.constantFrom("output", "interval") }),
        {
          maxLength: 3,
        },
      );
      fc.assert(
        fc.property(executions.small, exchanges, (worked, wishes) => {
          let history: History<Input, Output> = worked.slice(0, TINY);
          for (const { from, to, what } of wishes) history = exchange(history, from, to, what === "output");
          const answer = checkLinearizability(history, model);
          const most = mostOrdered(history, model);
          expect(answer.verdict, JSON.stringify(history)).toBe(most === returned(history) ? "ok" : "bad");
          if (answer.verdict === "bad") expect(returned(answer.prefix)).toBe(most);
          verdicts.add(answer.verdict);
        }),
        { numRuns: 800 },
      );
      expect([...verdicts].toSorted()).toEqual(["bad", "ok"]);
    });
  });
}

/** Another history of the same inputs: two operations exchange their outputs, or when they ran. Every operation a client. */
function exchange<Input, Output>(
  history: History<Input, Output>,
  from: number,
  to: number,
  outputs: boolean,
): Operation<Input, Output>[] {
  const alone = history.map((operation, place) => ({ ...operation, client: `c${place}` }));
  const a = alone[from % alone.length];
  const b = alone[to % alone.length];
  if (a === undefined || b === undefined || a.output === undefined || b.output === undefined) return alone;
  return alone.map((operation) => {
    const other = operation === a ? b : operation === b ? a : operation;
    if (outputs) return { ...operation, output: other.output };
    return { ...operation, call: other.call, return: other.return };
  });
}

promises("a register", { model: register, input: registerInput, fresh: freshRegister });
promises("a text", { model: keyValue, input: keyValueInput, size: { ...LARGE, maxLost: 6 }, fresh: freshText });
promises("a journal", {
  model: journal,
  input: journalInput(letter, fc.constantFrom(1, 1000)),
  // The order of open appends shows: with 25 of them the search may spend its budget.
  size: { ...LARGE, maxLost: 4 },
  recorded: journalInput(fc.uuid(), fc.constant(1000)),
  fresh: freshJournal,
});
