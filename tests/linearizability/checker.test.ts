import { expect, test } from "vitest";
import { checkLinearizability } from "./checker.ts";
import { drawHistory } from "./drawn-history.ts";
import type { Operation } from "./history.ts";
import { type RegisterInput, type RegisterOutput, register } from "./models/register.ts";

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

function write(client: string, call: number, end: number | undefined, value: number, key = "x"): RegisterOperation {
  const output = end === undefined ? undefined : ({ name: "written" } as const);
  return { client, key, call, return: end, input: { name: "write", value }, output };
}

function read(client: string, call: number, end: number, value: number, key = "x"): RegisterOperation {
  return { client, key, call, return: end, input: { name: "read" }, output: { name: "value", value } };
}

/** All writes at once, and readers that see some value twice: every order has to be tried to know that none fits. */
function hardHistory(writers: number): RegisterOperation[] {
  const writes = Array.from({ length: writers }, (_, place) => write(`w${place}`, place, 1000, place));
  return [...writes, ...[1, 2, 1].map((value, place) => read("r", 100 + 10 * place, 105 + 10 * place, value))];
}

test("a bad history comes with the longest order that can be explained, and what cannot follow it", () => {
  const history = drawHistory<RegisterInput, RegisterOutput>(
    `
    a  [w1] [w2--]   [r1]
    b        [w3>
    c   [r1------]  [r2---]`,
    {
      w1: { input: { name: "write", value: 1 }, output: { name: "written" } },
      w2: { input: { name: "write", value: 2 }, output: { name: "written" } },
      w3: { input: { name: "write", value: 3 } },
      r1: { input: { name: "read" }, output: { name: "value", value: 1 } },
      r2: { input: { name: "read" }, output: { name: "value", value: 2 } },
    },
    "room",
  );
  const answer = checkLinearizability(history, register);
  if (answer.verdict !== "bad") throw new Error(`the verdict is ${answer.verdict}`);
  expect(answer.key).toBe("room");
  expect(answer.prefix.map(({ input, output }) => register.describe(input, output))).toEqual([
    "write 1",
    "read -> 1",
    "write 2",
    "read -> 2",
  ]);
  expect(answer.stuck.map(({ client, input, output }) => [client, register.describe(input, output)])).toEqual([
    ["a", "read -> 1"],
  ]);
  expect(`\n${answer.report}\n`).toMatchInlineSnapshot(`
    "
    key "room" is not linearizable: 4 of its 6 operations can be put in order, then none of the other 2 fits
    in this order:
      a  [========]                                 write 1  (7 .. 10)
      c      [=================]                    read -> 1  (8 .. 17)
      a               [========]                    write 2  (12 .. 17)
      c                            [============]   read -> 2  (20 .. 26)
    state: 2
    one of these has to come next, and none can:
      a                                [====]       read -> 1  (21 .. 24)
    without an answer, of no help here:
      b                   [======================>  write 3 -> ?  (13 .. ?)
    "
  `);
});

test("a spent budget is no verdict, and names the keys it was spent on", () => {
  const easy = [write("e", 0, 1, 1, "easy"), read("e", 2, 3, 1, "easy")];
  const answer = checkLinearizability([...hardHistory(12), ...easy], register, 100);
  expect(answer).toMatchObject({ verdict: "unknown", keys: ["x"] });
  expect(checkLinearizability(hardHistory(12), register).verdict).toBe("bad");
});

test("one bad key outweighs another that is undecided", () => {
  const bad = [write("b", 2000, 2001, 1, "late"), read("b", 2002, 2003, 2, "late")];
  expect(checkLinearizability([...hardHistory(12), ...bad], register, 100)).toMatchObject({
    verdict: "bad",
    key: "late",
  });
});

test("the same history takes the same steps, in whatever order it is given", () => {
  const history = hardHistory(8);
  const answer = checkLinearizability(history, register);
  expect(checkLinearizability(history.toReversed(), register)).toEqual(answer);
  expect(answer.steps).toBeGreaterThan(100);
});

test("a whole budget is spent within seconds", () => {
  const start = performance.now();
  const answer = checkLinearizability(hardHistory(40), register);
  expect(answer.verdict).toBe("unknown");
  expect(performance.now() - start).toBeLessThan(10_000);
});

test("what no recorder can have made is refused", () => {
  const refused = (history: RegisterOperation[], why: RegExp) =>
    expect(() => checkLinearizability(history, register)).toThrow(why);
  refused([write("a", 5, 4, 1)], /called at 5, returned at 4/);
  refused([write("a", 1, 5, 1), write("a", 4, 6, 2)], /called at 4, while what it called at 1 had not returned/);
  refused(
    [write("a", 1, undefined, 1), write("a", 4, 6, 2)],
    /called at 4, while what it called at 1 had not returned/,
  );
  refused([write("a", Number.NaN, 5, 1)], /called at NaN/);
  refused([{ ...write("a", 1, 2, 1), output: undefined }], /come together or not at all/);
});
