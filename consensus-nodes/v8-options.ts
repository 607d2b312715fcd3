/**
 * What V8 is told when a node process is started. Its young generation begins with one MiB otherwise: what a start makes and keeps is
 * then copied six times, an eighth of what the start costs (docs/PERFORMANCE.md). More would save more, and stay in memory.
 */
export const v8Options: readonly string[] = ["--min-semi-space-size=4"];
