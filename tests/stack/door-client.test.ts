/** A command asks at the door of a stack that is about to end. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { DataFolder } from "../../local-stack/supervisor/data-folder.ts";
import { askDoor } from "../../local-stack/supervisor/door-client.ts";
import { Refusal } from "../../local-stack/supervisor/refusal.ts";

let folder: DataFolder;

beforeEach(() => {
  const parent = mkdtempSync(join(tmpdir(), "tutti-door-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  folder = new DataFolder(join(parent, "data"));
  mkdirSync(join(parent, "data"));
});

/** A door that cuts everyone off, unheard, and counts them. */
async function closingDoor(): Promise<{ readonly server: Server; readonly asked: () => number }> {
  let asked = 0;
  const server = createServer().on("connection", (socket) => {
    asked += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(folder.door, resolve));
  onTestFinished(() => {
    server.close();
  });
  return { server, asked: () => asked };
}

test("nobody is there when the door is gone a moment later", async () => {
  const { server, asked } = await closingDoor();
  const answer = askDoor(folder, "GET", "/");
  await expect.poll(asked, { timeout: 15_000, interval: 5 }).toBeGreaterThan(2);
  server.close();
  expect(await answer).toBeUndefined();
});

test("is told that the stack does not answer when it stays so", async () => {
  const { asked } = await closingDoor();
  await expect(askDoor(folder, "GET", "/", 200)).rejects.toThrow(Refusal);
  expect(asked()).toBeGreaterThan(1);
});

test("nobody is there when there never was a door", async () => {
  expect(await askDoor(folder, "GET", "/")).toBeUndefined();
});
