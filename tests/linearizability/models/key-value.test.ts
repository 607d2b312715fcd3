import { expect, test } from "vitest";
import { checkLinearizability } from "../checker.ts";
import { drawHistory } from "../drawn-history.ts";
import { type KeyValueInput, type KeyValueOutput, keyValue } from "./key-value.ts";

const change = (name: "put" | "append", value: string) => ({ input: { name, value }, output: "" });
const get = (output: string) => ({ input: { name: "get" } as const, output });

const OPERATIONS = {
  px: change("put", "x"),
  aa: change("append", "a"),
  ab: change("append", "b"),
  g: get(""),
  gx: get("x"),
  ga: get("a"),
  gab: get("ab"),
  gba: get("ba"),
  gxa: get("xa"),
};

const history = (drawing: string, key = "k") =>
  drawHistory<KeyValueInput, KeyValueOutput>(drawing, OPERATIONS, key).map((operation) => ({
    ...operation,
    client: `${key}/${operation.client}`,
  }));
const verdict = (drawing: string) => checkLinearizability(history(drawing), keyValue).verdict;

test("a text starts empty, is put and extended", () => {
  expect(verdict("a [g] [px] [aa] [gxa]")).toBe("ok");
  expect(verdict("a [aa] [px] [gx]")).toBe("ok");
  expect(verdict("a [px] [aa] [gx]")).toBe("bad");
  expect(verdict("a [px] [g]")).toBe("bad");
});

test("texts appended at the same time stand in an order, the same one for everybody", () => {
  expect(verdict("a [aa--]\n b [ab--]\n c        [gab]")).toBe("ok");
  expect(verdict("a [aa--]\n b [ab--]\n c        [gba]")).toBe("ok");
  expect(verdict("a [aa--]\n b [ab--]\n c        [gba]\n d              [gab]")).toBe("bad");
  expect(verdict("a [aa]\n b      [ab]\n c           [gba]")).toBe("bad");
  expect(verdict("a [aa--]\n b [ab--]\n c        [ga]")).toBe("bad");
});

test("a text appended without an answer is there or is not, and once only", () => {
  expect(verdict("a [aa>\n b     [g] [ga] [ab] [gab]")).toBe("ok");
  expect(verdict("a [aa>\n b     [g] [ab] [gba]")).toBe("ok");
  expect(verdict("a [aa>\n b     [px] [gx]")).toBe("ok");
  expect(verdict("a [aa>\n b     [ga] [g]")).toBe("bad");
  expect(verdict("a [aa>\n b     [ga] [px] [gxa]")).toBe("bad");
});

test("each key has a text of its own, and the wrong one is named", () => {
  const good = history("a [aa] [ga]", "good");
  const bad = history("a [aa] [g]", "bad");
  expect(checkLinearizability([...good, ...history("a [px] [gx]", "fine")], keyValue).verdict).toBe("ok");
  expect(checkLinearizability([...good, ...bad], keyValue)).toMatchObject({ verdict: "bad", key: "bad" });
});
