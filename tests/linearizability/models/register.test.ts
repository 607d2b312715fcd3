import { describe, expect, test } from "vitest";
import { checkLinearizability } from "../checker.ts";
import { type Drawn, drawHistory } from "../drawn-history.ts";
import { type RegisterInput, type RegisterOutput, register, type Value } from "./register.ts";

type Step = Drawn<RegisterInput, RegisterOutput>;

const write = (value: Value): Step => ({ input: { name: "write", value }, output: { name: "written" } });
const read = (value: Value): Step => ({ input: { name: "read" }, output: { name: "value", value } });
const swap = (expected: Value, value: Value, equal: boolean): Step => ({
  input: { name: "compareAndSet", expected, value },
  output: { name: "compared", equal },
});

const OPERATIONS = {
  w1: write(1),
  w2: write(2),
  w3: write(3),
  r0: read(null),
  r1: read(1),
  r2: read(2),
  r3: read(3),
  c12: swap(1, 2, true),
  c13: swap(1, 3, true),
  f12: swap(1, 2, false),
};

const check = (drawing: string) => checkLinearizability(drawHistory(drawing, OPERATIONS), register);
const verdict = (drawing: string) => check(drawing).verdict;

describe("one after the other", () => {
  test("a read gives what was written last", () => {
    expect(verdict("a [r0] [w1] [r1] [w2] [r2]")).toBe("ok");
    expect(verdict("a [w1] [w2] [r1]")).toBe("bad");
    expect(verdict("a [w1] [r0]")).toBe("bad");
  });

  test("a comparison holds exactly when the value is there", () => {
    expect(verdict("a [w1] [c12] [r2]")).toBe("ok");
    expect(verdict("a [w2] [f12] [r2]")).toBe("ok");
    expect(verdict("a [w2] [c12]")).toBe("bad");
    expect(verdict("a [w1] [f12]")).toBe("bad");
  });

  test("nothing at all is linearizable", () => expect(check("")).toEqual({ verdict: "ok", steps: 0 }));
});

describe("at the same time", () => {
  test("writes take effect in any order, and all readers see the same one", () => {
    const writes = `
      a [w1-----------]
      b [w2-----------]`;
    expect(verdict(`${writes}\n c   [r1] [r2]`)).toBe("ok");
    expect(verdict(`${writes}\n c   [r2] [r1]`)).toBe("ok");
    expect(verdict(`${writes}\n c   [r1] [r2] [r1]`)).toBe("bad");
    expect(verdict(`${writes}\n c   [r1] [r2]\n d   [r2] [r1]`)).toBe("bad");
  });

  test("a read beside a write gives the old value or the new one, and never the old one after the new one", () => {
    expect(verdict("a [w1] [w2---------]\n b       [r1] [r2]")).toBe("ok");
    expect(verdict("a [w1] [w2---------]\n b       [r2] [r1]")).toBe("bad");
  });

  test("of two comparisons with one value, one holds", () => {
    expect(verdict("a [w1]       [c12]\n b      [f12]\n d                   [r2]")).toBe("bad");
    expect(verdict("a [w1] [c12--]\n b        [f12--]\n d              [r2]")).toBe("ok");
    expect(verdict("a [w1] [c12--]\n b        [c13--]\n d              [r2]")).toBe("bad");
  });

  test("what returns at the instant of another's call is taken to overlap it", () => {
    expect(verdict("a [w1][w2]\n b   [r2]")).toBe("ok");
  });
});

describe("without an answer", () => {
  test("a write is seen at once, later, much later or never", () => {
    expect(verdict("a [w1]\n b      [w2>\n c          [r2] [r2] [r2]")).toBe("ok");
    expect(verdict("a [w1]\n b      [w2>\n c          [r1] [r1] [r2]")).toBe("ok");
    expect(verdict("a [w1]\n b      [w2>\n c          [r1] [r1] [r1]")).toBe("ok");
  });

  test("a write is not seen before its call", () => expect(verdict("a [w1] [r2]\n b             [w2>")).toBe("bad"));

  test("a write that was seen is not unseen", () => {
    expect(verdict("a [w1]\n b      [w2>\n c          [r1] [r2] [r1]")).toBe("bad");
  });

  test("a write takes effect once", () => {
    const first = "a [w1]\n b      [w2>\n c          [r2] [w3] ";
    expect(verdict(`${first}[r3] [r2]`)).toBe("bad");
    expect(verdict(`${first}[r3]`)).toBe("ok");
    expect(verdict(`${first}[r3] [r2]\n d     [w2>`)).toBe("ok");
  });

  test("a comparison may have held", () => {
    expect(verdict("a [w1]\n b      [c12>\n c           [r1] [r2]")).toBe("ok");
    expect(verdict("a [w3]\n b      [c12>\n c           [r3] [r2]")).toBe("bad");
  });

  test("thirty writes that nobody saw cost next to nothing", () => {
    const lost = Array.from({ length: 30 }, (_, client) => `lost${client} ${" ".repeat(client)}[w${1 + (client % 3)}>`);
    const reads = `a${" ".repeat(60)}[r1] [r2] [r1] [r2] [r1] [r3] [r0]`;
    const answer = check([...lost, reads].join("\n"));
    expect(answer.verdict).toBe("bad");
    expect(answer.steps).toBeLessThan(10_000);
  });
});
