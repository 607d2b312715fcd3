import { expect, test } from "vitest";
import { memoryOf, processorTimeOf } from "./process-figures.ts";

const BUSY_MS = 300;

test("a process's processor time grows while it computes", () => {
  const before = processorTimeOf(process.pid);
  const used = process.cpuUsage();
  while (process.cpuUsage(used).user < BUSY_MS * 1000) Math.sqrt(2);
  // Ticks are of 10 ms.
  expect(processorTimeOf(process.pid) - before).toBeGreaterThanOrEqual((BUSY_MS - 20) / 1000);
});

test("a process's memory is what the process itself sees", () => {
  const { resident, proportional, peak } = memoryOf(process.pid);
  const own = process.memoryUsage.rss() / 1024 / 1024;
  expect(resident).toBeGreaterThan(own * 0.8);
  expect(resident).toBeLessThan(own * 1.2);
  expect(proportional).toBeLessThanOrEqual(resident);
  expect(peak).toBeGreaterThanOrEqual(resident * 0.8);
});
