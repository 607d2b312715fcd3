/** What a change of the queue answers: a message, and the queue right after it. */
import * as z from "zod";
import type { Core } from "../../consensus-nodes/client/core.ts";
import type { QueueResponse } from "../../proto/generated/queue.ts";
import { Track, trackMessage } from "./track.ts";

export const ChangedQueue = z
  .object({
    message: z.string(),
    queue: z.array(Track).readonly().optional().meta({ description: "Absent under `Prefer: return=minimal`." }),
  })
  .meta({ id: "ChangedQueue" });
export type ChangedQueue = z.infer<typeof ChangedQueue>;

interface Wish {
  readonly minimal: boolean;
  readonly keyed: boolean;
}

/** Asks a command for the queue in its result: under an idempotency key, so that the first answer can be given again. */
export function listIfKept({ minimal, keyed }: Wish): { list?: true } {
  return keyed && !minimal ? { list: true } : {};
}

/** The queue as it was when the command was applied, or as it has become since. */
export async function changedQueue(
  { core, minimal }: Wish & { readonly core: Core },
  room: string,
  message: string,
  result: { readonly index: number; readonly queue?: readonly Track[] },
): Promise<ChangedQueue> {
  if (minimal) return { message };
  return { message, queue: result.queue ?? (await core.queue.list({ room }, { after: result.index })) };
}

/** @param message instead of the one that REST gives */
export function queueResponse(message?: string): (body: ChangedQueue) => QueueResponse {
  return (body) => ({ message: message ?? body.message, queue: (body.queue ?? []).map(trackMessage) });
}
