/** Removing a data folder, and nothing else that may lie in it. */
import { existsSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import type { DataFolder } from "../supervisor/data-folder.ts";
import { Door } from "../supervisor/door.ts";

/** Nodes of a stack that was killed may still write for a moment. */
const RETRIES = { maxRetries: 10, retryDelay: 100 };

/** False when there was nothing. @throws {Refusal} when a stack runs there */
export async function removeData(folder: DataFolder): Promise<boolean> {
  const contents = folder.contents.filter((path) => existsSync(path));
  if (!existsSync(folder.path)) return false;
  // No stack can start while we hold it.
  const door = await Door.hold(folder);
  try {
    for (const path of contents) await rm(path, { recursive: true, force: true, ...RETRIES });
  } finally {
    await door.close();
  }
  // Kept when it holds anything else.
  await rmdir(folder.path).catch(() => {});
  return contents.length > 0;
}

/** True when nobody can be asked. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
