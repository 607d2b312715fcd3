import { expect, test } from "vitest";
import { checkLinearizability } from "../checker.ts";
import { type Drawn, drawHistory } from "../drawn-history.ts";
import { type JournalEntry, type JournalInput, type JournalOutput, journal } from "./journal.ts";

type Step = Drawn<JournalInput, JournalOutput>;

const ALL = 100;
const append = (text: string, index?: number): Step => ({
  input: { name: "append", text },
  output: { name: "appended", index },
});
const read = (records: readonly JournalEntry[], appended?: number, limit = ALL): Step => ({
  input: { name: "read", limit },
  output: { name: "records", records, appended },
});

const OPERATIONS = {
  a: append("a"),
  b: append("b"),
  a5: append("a", 5),
  b7: append("b", 7),
  r: read([], 0),
  ra: read([{ text: "a" }], 1),
  rb: read([{ text: "b" }]),
  rab: read([{ text: "a" }, { text: "b" }], 2),
  rba: read([{ text: "b" }, { text: "a" }]),
  ra5: read([{ text: "a", index: 5 }]),
  ra6: read([{ text: "a", index: 6 }]),
  last: read([{ text: "b" }], 2, 1),
  lastOf3: read([{ text: "b" }], 3, 1),
};

const verdict = (drawing: string) => checkLinearizability(drawHistory(drawing, OPERATIONS), journal).verdict;

test("records stay in the order of their appends", () => {
  expect(verdict("p [r] [a] [ra] [b] [rab]")).toBe("ok");
  expect(verdict("p [a] [b] [rba]")).toBe("bad");
  expect(verdict("p [a--]\n q [b--]\n s       [rba]")).toBe("ok");
  expect(verdict("p [a--]\n q [b--]\n s       [rba] [rab]")).toBe("bad");
  expect(verdict("p [a] [b] [rb]")).toBe("bad");
});

test("a limited read gives the newest, and how many there are", () => {
  expect(verdict("p [a] [b] [last]")).toBe("ok");
  expect(verdict("p [a] [b] [lastOf3]")).toBe("bad");
});

test("indexes grow along the order, and a record keeps its own", () => {
  expect(verdict("p [a5] [b7] [rab]")).toBe("ok");
  expect(verdict("p [b7] [a5]")).toBe("bad");
  expect(verdict("p [a5--]\n q [b7--]\n s        [rba]")).toBe("bad");
  expect(verdict("p [a5] [ra5]")).toBe("ok");
  expect(verdict("p [a5] [ra6]")).toBe("bad");
});

test("a record without an answer comes at any later time or never, once, and stays", () => {
  expect(verdict("p [a>\n q    [r] [b] [rb] [rba]")).toBe("ok");
  expect(verdict("p [a>\n q    [r] [ra6] [b] [rab]")).toBe("ok");
  expect(verdict("p [a>\n q    [b] [rb]")).toBe("ok");
  expect(verdict("p [a>\n q    [b] [rba] [rb]")).toBe("bad");
  expect(verdict("p [a>\n q    [b] [rb] [rab]")).toBe("bad");
});
