/** How a transaction was decided, also when its coordinator was lost before it could say. */
import type { Core } from "../../consensus-nodes/client/core.ts";
import { CoreError } from "../../consensus-nodes/client/core-failure.ts";
import type { Context } from "../define-function.ts";

export type Decision = { readonly kind: "committed" } | { readonly kind: "aborted"; readonly reason: string };

/** Milliseconds for each question, and between two. */
const QUESTION_MS = 1000;
const PAUSE_MS = 200;
/** Milliseconds for all of them, beside the time that the transaction itself has had: an election is over by then. */
const ASKING_MS = 2000;

/** @throws {CoreError} when there is no decision, or none that is known */
export async function decisionOf(
  reply: Awaited<ReturnType<Core["transact"]>>,
  { patient }: Pick<Context<unknown, unknown, unknown>, "patient">,
): Promise<Decision> {
  switch (reply.kind) {
    case "committed":
    case "aborted":
      return reply;
    case "refused":
      throw new CoreError({ kind: reply.reused ? "KeyReused" : "Overloaded", message: reply.reason });
    case "unknown":
      return ask(reply.id, patient(QUESTION_MS), new CoreError({ kind: "Unknown", led: true, message: reply.reason }));
  }
}

/** @throws `unknown` when nobody could tell */
async function ask(id: string, core: Core, unknown: CoreError): Promise<Decision> {
  const deadline = Date.now() + ASKING_MS;
  while (Date.now() < deadline) {
    const outcome = await core.outcome(id).catch((error: unknown) => {
      if (error instanceof CoreError) return undefined;
      throw error;
    });
    if (outcome?.kind === "committed" || outcome?.kind === "aborted") return outcome;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw unknown;
}
