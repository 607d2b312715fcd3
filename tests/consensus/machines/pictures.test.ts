import { beforeEach, describe, expect, test } from "vitest";
import type { Machine } from "../../../consensus-nodes/machines/machine.ts";
import { pictures } from "../../../consensus-nodes/machines/pictures.ts";

const machine: Machine = pictures;
const sha256 = "a".repeat(64);
const sunset = { filename: "sunset.jpg", type: "image/jpeg", size: 9, sha256 };
const confirm = (node: number) => ({ filename: "sunset.jpg", node, sha256 });

let state: unknown;
let index: number;
beforeEach(() => {
  state = machine.initial();
  index = 0;
});

function run(name: string, input: object): unknown {
  const command = machine.commands[name];
  if (command === undefined) throw new Error(`no command ${name}`);
  index += 1;
  return command.apply(state, command.schema.parse(input), { index, now: index });
}

const nodes = () => Object(ask("find", { filename: "sunset.jpg" })).nodes;

function ask(name: string, input: object): unknown {
  const query = machine.queries[name];
  if (query === undefined) throw new Error(`no query ${name}`);
  return query.answer(state, query.schema.parse(input), { index });
}

describe("a node that comes later", () => {
  test("may hold what is meant for every node", () => {
    run("put", { ...sunset, nodes: [2, 1], everywhere: true });
    expect(run("confirm", confirm(3))).toEqual({ outcome: "held" });
    expect(nodes()).toEqual([1, 2, 3]);
  });

  test("may not hold what was shared with others only", () => {
    run("put", { ...sunset, nodes: [1, 2] });
    expect(run("confirm", confirm(3))).toEqual({ outcome: "absent" });
    expect(nodes()).toEqual([1, 2]);
  });

  test("may not hold what was removed from a node on purpose", () => {
    run("put", { ...sunset, nodes: [1, 2], everywhere: true });
    run("removeFrom", { filename: "sunset.jpg", node: 2 });
    expect(run("confirm", confirm(2))).toEqual({ outcome: "absent" });
    expect(run("confirm", confirm(3))).toEqual({ outcome: "absent" });
  });

  test("may hold what a node that is gone held", () => {
    run("put", { ...sunset, nodes: [1, 2], everywhere: true });
    run("removeFrom", { filename: "sunset.jpg", node: 2, gone: true });
    expect(run("confirm", confirm(3))).toEqual({ outcome: "held" });
    expect(nodes()).toEqual([1, 3]);
  });

  test("brings nothing back that was deleted, nor other bytes under its name", () => {
    run("put", { ...sunset, nodes: [1, 2], everywhere: true });
    expect(run("confirm", { ...confirm(3), sha256: "b".repeat(64) })).toEqual({ outcome: "absent" });
    run("removeAll", { filename: "sunset.jpg" });
    expect(run("confirm", confirm(3))).toEqual({ outcome: "absent" });
    expect(ask("list", {})).toEqual([]);
  });
});

test("shared again with everyone, a picture is meant for every node from then on", () => {
  run("put", { ...sunset, nodes: [1] });
  run("put", { ...sunset, nodes: [2], everywhere: true });
  expect(run("confirm", confirm(3))).toEqual({ outcome: "held" });
});

test("a snapshot holds for whom a picture is meant", () => {
  run("put", { ...sunset, nodes: [1, 2], everywhere: true });
  run("like", { filename: "sunset.jpg" });
  run("put", { ...sunset, filename: "other.jpg", nodes: [1] });
  const captured = [...machine.snapshots.capture(state)];
  state = machine.snapshots.restore(JSON.parse(JSON.stringify(captured)));
  expect(JSON.stringify([...machine.snapshots.capture(state)])).toBe(JSON.stringify(captured));
  expect(run("confirm", confirm(3))).toEqual({ outcome: "held" });
});
