/** `stack.json`: where the stack listens, for commands that look for it. There while it runs. */
import { readFile, rm } from "node:fs/promises";
import * as z from "zod";
import type { DataFolder } from "./data-folder.ts";
import { askDoor } from "./door-client.ts";
import { writeDurably } from "./durable-file.ts";
import { Refusal } from "./refusal.ts";

const StackFile = z.object({
  pid: z.int(),
  startedAt: z.iso.datetime(),
  /** Where gateway and ingress listen. */
  host: z.string(),
  ports: z.object({
    gateway: z.int(),
    ingress: z.tuple([z.int(), z.int()]),
    nodes: z.array(z.object({ id: z.int(), port: z.int() })),
    /** By node id: the doors that were free. */
    doors: z.array(z.object({ vote: z.int(), decision: z.int(), control: z.int() }).partial()),
  }),
});
export type StackFile = z.infer<typeof StackFile>;

export async function writeStackFile(folder: DataFolder, stack: StackFile): Promise<void> {
  await writeDurably(folder.stack, stack);
}

export async function removeStackFile(folder: DataFolder): Promise<void> {
  await rm(folder.stack, { force: true });
}

/** @throws {Refusal} when no stack runs there; the file of one that was killed does not count. */
export async function runningStack(folder: DataFolder): Promise<StackFile> {
  if ((await askDoor(folder, "GET", "/")) === undefined) {
    throw new Refusal(`no stack is running in ${folder}: start one with npm start`);
  }
  try {
    return StackFile.parse(JSON.parse(await readFile(folder.stack, "utf8")));
  } catch {
    throw new Refusal(`the stack in ${folder} is still starting, or just ending`);
  }
}
