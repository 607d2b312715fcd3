import { median } from "../median.ts";
import { plainTable } from "../plain-table.ts";
import type { Memory, NodeMemory } from "./memory.ts";

const COLUMNS = [
  "nodes",
  "empty MiB",
  "with the tracks MiB",
  "more MiB",
  "more by shares MiB",
  "more, collected MiB",
  "peak MiB",
];

/** MiB of resident memory that the tracks take: in the node that took most, the median over the rounds. NaN of no rounds. */
export function mostGrowth({ rounds }: Memory): number {
  return median(rounds.map((nodes) => Math.max(...nodes.map(growth))));
}

export function memoryTable(memory: Memory): string {
  const { rounds, tracks } = memory;
  const rows = (["leader", "follower"] as const).map((role) => {
    // Of the followers the one that took most.
    const worst = rounds.flatMap((nodes) =>
      nodes
        .filter((node) => node.role === role)
        .toSorted(byGrowth)
        .slice(-1),
    );
    const of = (figure: (node: NodeMemory) => number) => median(worst.map(figure)).toFixed(1);
    return [
      role === "leader" ? "leader" : "worst follower",
      of(({ before }) => before.resident),
      of(({ after }) => after.resident),
      of(growth),
      of(({ before, after }) => after.proportional - before.proportional),
      of(({ before, collected }) => collected.resident - before.resident),
      of(({ after }) => after.peak),
    ];
  });
  return [
    plainTable(COLUMNS, ["nodes"], rows),
    "",
    `Resident memory (Rss, and by shares Pss, of smaps_rollup) of nodes of five: 15 s after the start, and 15 s after ` +
      `${tracks.toLocaleString("en")} adds and a snapshot that has them; "collected" after a collection that the inspector forced. The peak includes the snapshot.`,
  ].join("\n");
}

function growth({ before, after }: NodeMemory): number {
  return after.resident - before.resident;
}

function byGrowth(a: NodeMemory, b: NodeMemory): number {
  return growth(a) - growth(b);
}
