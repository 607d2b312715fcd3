/**
 * What an answer proves. `ok`: a 2xx, or a refusal by the machine, which is a result. `fail`: nothing was done, says the answer;
 * the checker holds the stack to that. All else is unknown.
 */
import * as z from "zod";
import type { Outcome } from "../linearizability/history-recorder.ts";
import type { HttpAnswer } from "./http-client.ts";

const Failure = z.object({ error: z.string(), detail: z.unknown() });
const NOTHING_DONE = "nothing was done";

/** @param read what a 2xx says, or a status that is a result here; undefined where it says nothing of the kind. */
export function outcomeOf<Output>(
  answer: HttpAnswer,
  read: (status: number, body: unknown) => Output | undefined,
): Outcome<Output> {
  if (answer.kind === "refused") return { outcome: "fail" };
  if (answer.kind === "lost") return { outcome: "unknown" };
  const output = read(answer.status, answer.body);
  if (output !== undefined) return { outcome: "ok", output };
  const failure = Failure.safeParse(answer.body);
  if (!failure.success) return { outcome: "unknown" };
  const proven = String(failure.data.detail).includes(NOTHING_DONE) || answer.status < 500;
  return { outcome: proven ? "fail" : "unknown" };
}
