import { median } from "../median.ts";
import type { Idle } from "./idle.ts";

export function idleTable({ nodes, rounds }: Idle): string {
  const all = median(rounds.map((round) => round.nodes));
  const front = median(rounds.map((round) => round.front));
  return (
    `All ${nodes} nodes together take ${all.toFixed(2)} % of one core, and the process with gateway, ingress and supervisor ` +
    `${front.toFixed(2)} % (median of ${rounds.length}).`
  );
}
