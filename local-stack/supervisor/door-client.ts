/** The command line's side of the door. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { DataFolder } from "./data-folder.ts";
import { doorSocket } from "./door-socket.ts";
import { type JsonAnswer, requestJson } from "./json-request.ts";
import { Refusal } from "./refusal.ts";

/** A node that comes is sent all that there is. */
export const MEMBERSHIP_PATIENCE_MS = 600_000;
/** A restart takes as long as a node that does not want to stop. */
const PATIENCE_MS = 5_000;
/** A stack that ends has closed its door a moment before the door is gone. */
const ASK_AGAIN_MS = 20;

const Answer = z.object({
  /** Of the stack. */
  pid: z.int().optional(),
  message: z.string().optional(),
  error: z.string().optional(),
});
export type Answer = z.infer<typeof Answer>;

/**
 * The answer of the stack that holds the folder; undefined when none does.
 * @throws {Refusal} when the stack refuses, or does not answer.
 */
export async function askDoor(
  folder: DataFolder,
  method: "GET" | "POST",
  path: string,
  patience = PATIENCE_MS,
): Promise<Answer | undefined> {
  const reply = await ask(folder, method, path, performance.now() + patience);
  if (reply === undefined) return undefined;
  const body = Answer.parse(reply.body);
  if (reply.status !== 200) throw new Refusal(body.error ?? `the stack answered ${reply.status}`);
  return body;
}

async function ask(
  folder: DataFolder,
  method: "GET" | "POST",
  path: string,
  deadline: number,
): Promise<JsonAnswer | undefined> {
  try {
    const patience = Math.max(1, Math.ceil(deadline - performance.now()));
    return await requestJson({ socketPath: doorSocket(folder), method, path }, patience);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ECONNREFUSED") return undefined;
    if (!wasUnheard(code, method) || performance.now() + ASK_AGAIN_MS >= deadline)
      throw new Refusal(`the stack in ${folder} does not answer: ${error.message}`);
  }
  await sleep(ASK_AGAIN_MS);
  return ask(folder, method, path, deadline);
}

/** What could not be written was not read. What was cut off may have been, and a question can be asked again. */
function wasUnheard(code: unknown, method: "GET" | "POST"): boolean {
  return code === "EPIPE" || (code === "ECONNRESET" && method === "GET");
}
