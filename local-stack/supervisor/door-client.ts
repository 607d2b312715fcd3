/** The command line's side of the door. */
import * as z from "zod";
import type { DataFolder } from "./data-folder.ts";
import { doorSocket } from "./door-socket.ts";
import { requestJson } from "./json-request.ts";
import { Refusal } from "./refusal.ts";

/** A node that comes is sent all that there is. */
export const MEMBERSHIP_PATIENCE_MS = 600_000;
/** A restart takes as long as a node that does not want to stop. */
const PATIENCE_MS = 5_000;

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
  const reply = await requestJson({ socketPath: doorSocket(folder), method, path }, patience).catch(
    (error: unknown) => {
      if (!(error instanceof Error)) throw error;
      if ("code" in error && (error.code === "ENOENT" || error.code === "ECONNREFUSED")) return undefined;
      throw new Refusal(`the stack in ${folder} does not answer: ${error.message}`);
    },
  );
  if (reply === undefined) return undefined;
  const body = Answer.parse(reply.body);
  if (reply.status !== 200) throw new Refusal(body.error ?? `the stack answered ${reply.status}`);
  return body;
}
