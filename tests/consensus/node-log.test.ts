import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type NodeLog, openNodeLog } from "../../consensus-nodes/node/node-log.ts";

async function openLog(): Promise<{ log: NodeLog; lines: () => string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "tutti-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "node.log");
  const log = await openNodeLog(file, {}, false);
  return { log, lines: () => readFileSync(file, "utf8").split("\n").slice(0, -1) };
}

test("a patient line comes by itself, though later", async () => {
  const { log, lines } = await openLog();
  log.line("heartbeat", true);
  await sleep(100);
  expect(lines()).toEqual([]);
  await expect.poll(lines).toEqual(["heartbeat"]);
  log.close();
});

test("a line that is not patient takes along those before it, in order", async () => {
  const { log, lines } = await openLog();
  const begun = performance.now();
  log.line("first", true);
  log.line("news");
  log.line("last", true);
  await expect.poll(lines, { interval: 5 }).toEqual(["first", "news", "last"]);
  expect(performance.now() - begun).toBeLessThan(200);
  log.line("again", true);
  await expect.poll(lines).toHaveLength(4);
  log.close();
});

test("lines that wait are written when the log is closed", async () => {
  const { log, lines } = await openLog();
  log.line("heartbeat", true);
  log.close();
  expect(lines()).toEqual(["heartbeat"]);
});
