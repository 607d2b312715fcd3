import { describe, expect, test } from "vitest";
import { type Aim, aims, verdict } from "./aims.ts";
import { aimsTable } from "./aims-table.ts";
import type { FailoverResult } from "./failover/failover.ts";
import type { LoadsResult } from "./loads.ts";
import type { Measured } from "./measured.ts";

function load(target: LoadsResult["target"], name: string, figures: Partial<LoadsResult>): LoadsResult {
  const line = { target, name, nodes: 3, connections: 64, rate: 1, p50: 1, p95: 1, p99: 1, errors: {}, rounds: [] };
  return { ...line, ...(target === "ours" && { runtime: "node" }), ...figures };
}

function outage(name: string, median: number): FailoverResult {
  const spread = { median, p90: median, worst: median };
  const all = { longest: spread, middle: spread, nobody: spread, recovery: spread };
  return { name, blow: "kill", trials: [], repeated: 0, ...all };
}

const ours = (figures: Partial<LoadsResult>) => load("ours", "Tutti, node", figures);
const workerd = (figures: Partial<LoadsResult>) => load("ours", "Tutti, workerd", { runtime: "workerd", ...figures });
const etcd = (figures: Partial<LoadsResult>) => load("etcd", "etcd", figures);

const memoryOf = (resident: number) => ({ resident, proportional: resident, peak: resident });
const grown = (more: number) =>
  ({ id: 0, role: "follower", before: memoryOf(100), after: memoryOf(100 + more), collected: memoryOf(100) }) as const;

/** The one aim whose line begins so. */
function aim(beginning: string): Aim {
  const found = aims.filter(({ measure, against }) => `${measure} | ${against}`.startsWith(beginning));
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} aims begin with ${beginning}`);
  return first;
}

describe("an aim", () => {
  test("is about etcd of as many nodes at as many connections, and about the runtime node", () => {
    const adds = [
      workerd({ rate: 9_999 }),
      ours({ rate: 500 }),
      etcd({ rate: 250 }),
      ours({ nodes: 5, rate: 300 }),
      etcd({ nodes: 5, rate: 100 }),
      etcd({ connections: 256, rate: 1 }),
    ];
    expect(aim("adds/s, 3 nodes, 64").value({ adds })).toBe(2);
    expect(verdict(aim("adds/s, 3 nodes, 64"), { adds })).toBe("not reached");
    expect(aim("adds/s, 5 nodes, 64").value({ adds })).toBe(3);
    expect(verdict(aim("adds/s, 5 nodes, 64"), { adds })).toBe("reached");
    expect(verdict(aim("adds/s, 5 nodes, 256"), { adds })).toBe("not measured");
  });

  test("is reached at its bar, from the side that it names", () => {
    const p99 = aim("p99 of adds, 3 nodes");
    expect(verdict(p99, { adds: [ours({ p99: 7 }), etcd({ p99: 10 })] })).toBe("reached");
    expect(verdict(p99, { adds: [ours({ p99: 7.1 }), etcd({ p99: 10 })] })).toBe("not reached");
  });

  test("is not measured when what it stands beside failed", () => {
    const adds = [ours({ rate: 500 }), etcd({ rate: 250, p99: Number.NaN })];
    expect(verdict(aim("p99 of adds, 3 nodes"), { adds })).toBe("not measured");
    expect(verdict(aim("adds/s, 3 nodes, 64"), { adds: [ours({})] })).toBe("not measured");
  });

  test("takes the lowest of several ratios", () => {
    const adds = [
      ours({ rate: 10 }),
      workerd({ rate: 8 }),
      ours({ nodes: 5, rate: 10 }),
      workerd({ nodes: 5, rate: 3 }),
    ];
    expect(aim("adds/s in workerd").value({ adds })).toBe(0.3);
  });

  test("of a leader's loss is about kills, and the time in which nobody's write succeeds", () => {
    const results = [outage("Tutti", 200), outage("etcd", 1_000), { ...outage("Tutti", 1), blow: "stop" as const }];
    expect(aim("nobody's write").value({ failover: { results, calm: {}, failures: [] } })).toBe(0.2);
  });

  test("of a long log is not measured by a shorter one", () => {
    const restart = { entries: { oldest: 1, last: 2 }, times: [4_000, 6_000, 4_500] };
    const of = (commands: number) => verdict(aim("restart"), { restart: { commands, ...restart } });
    expect(of(1_000_000)).toBe("reached");
    expect(of(100_000)).toBe("not measured");
  });

  test("of memory takes the worst node of each round, and then the median", () => {
    const memory = { tracks: 100_000, rounds: [[grown(10), grown(50)], [grown(70)], [grown(61), grown(1)]] };
    expect(aim("more memory").value({ memory })).toBe(61);
  });

  test("of the start takes the slower kind", () => {
    const started = (total: number) => ({ total, printed: total });
    const start = { fresh: [started(2_400), started(2_600), started(2_500)], again: [started(1_000)] };
    expect(aim("npm start").value({ start })).toBe(2.5);
  });
});

test("a run that measured nothing has a line for every aim, and reaches none", () => {
  const table = aimsTable({}, { rounds: 5, kills: 30 });
  expect(table.match(/not measured/g)).toHaveLength(aims.length);
  expect(table).not.toMatch(/first look/);
});

test("a run of few rounds says that it is a first look", () => {
  const measured: Measured = { idle: { nodes: 5, rounds: [{ nodes: 2, front: 1 }] } };
  const table = aimsTable(measured, { rounds: 1, kills: 30 });
  expect(table).toMatch(/2\.00 % +│ +≤ 3 % │ reached/);
  expect(table).toMatch(/first look/);
});
