import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openGatewayLog } from "../../local-stack/gateway/gateway-log.ts";

test("a log that is closed as soon as it was opened has its lines, and closing it fails nobody's end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tutti-gateway-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "logs", "gateway.log");
  const { log, close } = openGatewayLog(file);
  log.info("the only line");
  close();
  expect(readFileSync(file, "utf8")).toMatch(/"msg":"the only line"}\n$/);
});
