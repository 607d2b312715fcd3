/** What many runs came to, together. */
import type { RunReport } from "../simulation.ts";

export interface Summary {
  runs: number;
  steps: number;
  /** Milliseconds, simulated. */
  time: number;
  committed: number;
  terms: number;
  readonly faults: Record<string, number>;
  readonly operations: Record<string, number>;
  readonly events: Record<string, number>;
}

export function emptySummary(): Summary {
  return { runs: 0, steps: 0, time: 0, committed: 0, terms: 0, faults: {}, operations: {}, events: {} };
}

export function addReport(summary: Summary, report: RunReport): void {
  addSummary(summary, { runs: 1, ...report });
}

export function addSummary(summary: Summary, other: Readonly<Summary>): void {
  summary.runs += other.runs;
  summary.steps += other.steps;
  summary.time += other.time;
  summary.committed += other.committed;
  summary.terms += other.terms;
  for (const part of ["faults", "operations", "events"] as const) {
    for (const [name, count] of Object.entries(other[part])) summary[part][name] = (summary[part][name] ?? 0) + count;
  }
}

/** @param seconds that it took. */
export function describeSummary(summary: Readonly<Summary>, seconds: number): string {
  const { runs, steps, time, committed, terms } = summary;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${number(count)}`)
      .join(", ");
  const total = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    `${number(runs)} runs in ${seconds.toFixed(1)} s (${(runs / seconds).toFixed(1)}/s): ${number(steps)} steps, ${number(Math.round(time / 1000))} s simulated`,
    `entries committed: ${number(committed)}, in ${number(terms)} terms`,
    `faults: ${list(summary.faults)}`,
    `operations: ${number(total(summary.operations))} (${list(summary.operations)})`,
    `events: ${list(summary.events)}`,
  ].join("\n");
}

function number(count: number): string {
  return count.toLocaleString("en");
}
