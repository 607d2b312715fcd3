/** What the stack is meant to reach: every aim, and where in a run's figures it is found. */
import { slowestFirstCall } from "./cold-start/cold-start-table.ts";
import type { LoadsResult } from "./loads.ts";
import { type Ratios, ratios } from "./loads-table.ts";
import type { Measured } from "./measured.ts";
import { median } from "./median.ts";
import { mostGrowth } from "./memory/memory-table.ts";
import type { Runtime } from "./targets/target.ts";

export interface Aim {
  readonly measure: string;
  /** Beside what it is measured, in the same run; empty when the figure stands alone. */
  readonly against: string;
  readonly bar: { readonly least: number } | { readonly most: number };
  readonly unit: "×" | "MiB" | "s" | "ms" | "%";
  /** The figure, in the unit; undefined, or NaN, when this run does not have it. */
  readonly value: (measured: Measured) => number | undefined;
}

export type Verdict = "reached" | "not reached" | "not measured";

/** Of a median over rounds, and over kills. With fewer a run is a first look. */
export const LEAST_ROUNDS = 5;
export const LEAST_KILLS = 30;
const COMMANDS = 1_000_000;

const ETCD = "etcd of as many nodes, JSON gateway";
const etcdRate = ({ etcd }: Ratios) => etcd?.rate;

export const aims: readonly Aim[] = [
  {
    measure: "adds/s, 3 nodes, 64 connections",
    against: ETCD,
    bar: { least: 2.5 },
    unit: "×",
    value: adds(3, 64, etcdRate),
  },
  {
    measure: "adds/s, 3 nodes, 256 connections",
    against: ETCD,
    bar: { least: 3 },
    unit: "×",
    value: adds(3, 256, etcdRate),
  },
  {
    measure: "adds/s, 5 nodes, 64 connections",
    against: ETCD,
    bar: { least: 3 },
    unit: "×",
    value: adds(5, 64, etcdRate),
  },
  {
    measure: "adds/s, 5 nodes, 256 connections",
    against: ETCD,
    bar: { least: 3 },
    unit: "×",
    value: adds(5, 256, etcdRate),
  },
  {
    measure: "adds/s, 3 nodes, 256 connections",
    against: "a bare Hono echo",
    bar: { least: 0.6 },
    unit: "×",
    value: adds(3, 256, ({ echo }) => echo?.rate),
  },
  ...[3, 5].flatMap((nodes): Aim[] => [
    {
      measure: `p50 of adds, ${nodes} nodes, 1 connection`,
      against: ETCD,
      bar: { most: 0.9 },
      unit: "×",
      value: adds(nodes, 1, ({ etcd }) => etcd?.p50),
    },
    {
      measure: `p99 of adds, ${nodes} nodes, 64 connections`,
      against: ETCD,
      bar: { most: 0.7 },
      unit: "×",
      value: adds(nodes, 64, ({ etcd }) => etcd?.p99),
    },
    {
      measure: `linearizable reads/s, ${nodes} nodes, 64 connections`,
      against: "etcd's range",
      bar: { least: 2 },
      unit: "×",
      value: ({ reads = [] }) => ratioOf(reads, (line) => isOurs(line, nodes, 64), etcdRate),
    },
  ]),
  {
    measure: "adds/s in workerd, lowest of 64 and 256 connections, 3 and 5 nodes",
    against: "in node",
    bar: { least: 0.4 },
    unit: "×",
    value: ({ adds = [] }) =>
      lowest([3, 5].flatMap((nodes) => [64, 256].map((count) => workerdToNode(adds, nodes, count)))),
  },
  {
    measure: "nobody's write succeeds after kill -9 of the leader",
    against: "etcd, default settings",
    bar: { most: 0.25 },
    unit: "×",
    value: ({ failover }) => {
      const of = (name: string) =>
        failover?.results.find((result) => result.name === name && result.blow === "kill")?.nobody.median;
      return divide(of("Tutti"), of("etcd"));
    },
  },
  {
    measure: "add and vote in a queue of 100,000, the worst at 1 and 64 at a time",
    against: "in a queue of 100",
    bar: { most: 1.5 },
    unit: "×",
    value: ({ queue = [] }) => highest(queue.map(({ long, short }) => long / short)),
  },
  {
    measure: "more memory of a node with 100,000 tracks, the worst node",
    against: "an empty node",
    bar: { most: 60 },
    unit: "MiB",
    value: ({ memory }) => memory && mostGrowth(memory),
  },
  {
    measure: "npm start until ready, the slower of a new folder and an old one",
    against: "",
    bar: { most: 2.5 },
    unit: "s",
    value: ({ start }) =>
      start && highest([start.fresh, start.again].map((starts) => median(starts.map(({ total }) => total / 1000)))),
  },
  {
    measure: "first call of a function in workerd, the slowest function or way",
    against: "",
    bar: { most: 50 },
    unit: "ms",
    value: ({ coldStart }) => coldStart && slowestFirstCall(coldStart),
  },
  {
    measure: "restart of a node with 1,000,000 commands in its log",
    against: "",
    bar: { most: 5 },
    unit: "s",
    value: ({ restart }) =>
      restart === undefined || restart.commands < COMMANDS ? undefined : median(restart.times) / 1000,
  },
  {
    measure: "p50 of a two-phase commit over two groups",
    against: "a plain command",
    bar: { most: 3 },
    unit: "×",
    value: ({ transactions = [] }) =>
      transactions.find(({ name, atATime }) => name === "2 groups" && atATime === 1)?.ratios.p50,
  },
  {
    measure: "processor time of five idle nodes in all, of one core",
    against: "",
    bar: { most: 3 },
    unit: "%",
    value: ({ idle }) => idle && median(idle.rounds.map(({ nodes }) => nodes)),
  },
];

export function verdict({ bar, value }: Aim, measured: Measured): Verdict {
  const found = value(measured);
  if (found === undefined || Number.isNaN(found)) return "not measured";
  return ("least" in bar ? found >= bar.least : found <= bar.most) ? "reached" : "not reached";
}

function adds(nodes: number, connections: number, of: (ratios: Ratios) => number | undefined): Aim["value"] {
  return ({ adds = [] }) => ratioOf(adds, (line) => isOurs(line, nodes, connections), of);
}

function ratioOf(
  lines: readonly LoadsResult[],
  isIt: (line: LoadsResult) => boolean,
  of: (ratios: Ratios) => number | undefined,
): number | undefined {
  const line = lines.find(isIt);
  return line && of(ratios(line, lines));
}

function isOurs(line: LoadsResult, nodes: number, connections: number, runtime: Runtime = "node"): boolean {
  return line.target === "ours" && line.runtime === runtime && line.nodes === nodes && line.connections === connections;
}

function workerdToNode(lines: readonly LoadsResult[], nodes: number, connections: number): number | undefined {
  const rate = (runtime: Runtime) => lines.find((line) => isOurs(line, nodes, connections, runtime))?.rate;
  return divide(rate("workerd"), rate("node"));
}

function divide(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}

/** Undefined of nothing. */
function lowest(values: readonly (number | undefined)[]): number | undefined {
  const found = values.filter((value) => value !== undefined);
  return found.length === 0 ? undefined : Math.min(...found);
}

/** Undefined of nothing. */
function highest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
