/** Commands on their way to a group: once numbered, they stay together until their fate is known. */
import { type BatchCommand, MAX_COMMANDS } from "../wire/batch.ts";
import type { PendingCall } from "./pending-call.ts";

/** Of JSON, in one batch; a single command may be larger, up to what the gateway lets in. */
const MAX_BATCH_CHARACTERS = 512 * 1024;

export interface SentBatch {
  readonly session: string;
  /** Of the first command; the others follow. */
  readonly first: number;
  readonly calls: readonly PendingCall[];
  /** Its commands in JSON, between commas. */
  readonly commands: string;
  /** It opens the session and carries nothing. */
  readonly opens: boolean;
  /** It may have entered a log whose leader was lost: its fate is open until an answer comes. */
  undecided: boolean;
  node: number | undefined;
  /** Milliseconds, monotonic. */
  sentAt: number;
}

/** Takes from the queue's front as many as one batch may hold. @param first number of its first command */
export function takeBatch(session: string, first: number, queue: PendingCall[]): SentBatch {
  const calls: PendingCall[] = [];
  const commands: string[] = [];
  let characters = 0;
  while (calls.length < MAX_COMMANDS) {
    const call = queue[calls.length];
    if (call === undefined) break;
    const command = encode(call);
    if (calls.length > 0 && characters + command.length > MAX_BATCH_CHARACTERS) break;
    characters += command.length;
    calls.push(call);
    commands.push(command);
  }
  queue.splice(0, calls.length);
  return { ...emptyBatch(session, first), calls, commands: commands.join() };
}

export function openingBatch(session: string): SentBatch {
  return { ...emptyBatch(session, 1), opens: true };
}

function emptyBatch(session: string, first: number): SentBatch {
  return { session, first, calls: [], commands: "", opens: false, undecided: false, node: undefined, sentAt: 0 };
}

function encode({ call }: PendingCall): string {
  const { name, input, idempotency, traceparent } = call;
  if (idempotency === undefined && traceparent === undefined)
    return JSON.stringify([name, input] satisfies BatchCommand);
  return JSON.stringify([
    name,
    input,
    {
      ...(idempotency && { key: idempotency.key, print: idempotency.fingerprint }),
      ...(traceparent !== undefined && { trace: traceparent }),
    },
  ] satisfies BatchCommand);
}
