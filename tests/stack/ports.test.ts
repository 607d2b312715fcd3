import { expect, test } from "vitest";
import { choosePorts, HIGHEST_BASE, MAX_NODES } from "../../local-stack/stack/ports.ts";

test("the usual ports are those that clients know", () => {
  expect(choosePorts({}, 5)).toEqual({
    gateway: 8080,
    ingress: [50051, 9090],
    nodes: [9000, 9001, 9002, 9003, 9004],
    doors: [0, 1, 2, 3, 4].map((id) => ({ vote: 6000 + id, decision: 7000 + id, control: 6100 + id })),
  });
});

test("a base port moves all into one block, and a port that is named stays where it was named", () => {
  expect(choosePorts({ base: 20_000 }, 2)).toEqual({
    gateway: 20_000,
    ingress: [20_001, 20_002],
    nodes: [20_010, 20_011],
    doors: [
      { vote: 20_020, decision: 20_030, control: 20_040 },
      { vote: 20_021, decision: 20_031, control: 20_041 },
    ],
  });
  expect(choosePorts({ base: 20_000, gateway: 80, ingress: 81 }, 1)).toEqual({
    gateway: 80,
    ingress: [81, 20_002],
    nodes: [20_010],
    doors: [{ vote: 20_020, decision: 20_030, control: 20_040 }],
  });
});

test("no two ports of a stack are the same, and none is beyond the last", () => {
  for (const base of [undefined, 1, HIGHEST_BASE]) {
    const { gateway, ingress, nodes, doors } = choosePorts({ base }, MAX_NODES);
    const all = [gateway, ...ingress, ...nodes, ...doors.flatMap((ofNode) => Object.values(ofNode))];
    expect(new Set(all).size).toBe(all.length);
    expect(Math.max(...all)).toBeLessThanOrEqual(65_535);
  }
});
