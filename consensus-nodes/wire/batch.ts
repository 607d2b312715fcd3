/**
 * The commands of one turn of a client's event loop: what travels to the leader, and, byte for byte, what the log holds.
 *
 *     {"s": session, "n": number of the first command, "a": all below this are answered, "c": [[name, input, extra?], …]}
 *
 * The commands of a batch have consecutive numbers. Without a session ("s" absent) a batch is applied as often as it is sent.
 */
import type { FailureKind } from "./failure-kind.ts";

export interface CommandExtra {
  /** Idempotency key, and the fingerprint of the request it belongs to. */
  readonly key?: string;
  readonly print?: string;
  readonly trace?: string;
}

export type BatchCommand = readonly [name: string, input: unknown, extra?: CommandExtra];

export interface Batch {
  readonly s?: string;
  /** 1 <= n. With `open` the batch has no commands and opens the session. */
  readonly n: number;
  /** a <= n */
  readonly a: number;
  readonly c: readonly BatchCommand[];
  readonly open?: true;
}

/** What became of one command. `{}` stands for a result of `undefined`. */
export type CommandOutcome = { readonly v?: unknown } | { readonly e: FailureKind | "NoSession"; readonly m: string };

/** The answer to a batch. A refusal means that nothing of it entered a log here. */
export type BatchOutcome =
  | { readonly ok: true; readonly leader: number; readonly index: number; readonly results: readonly CommandOutcome[] }
  | {
      readonly ok: false;
      /** `Undecided`: it entered the leader's log, but the leader stepped down before it was committed. */
      readonly refusal: "NotLeader" | "Overloaded" | "Invalid" | "Undecided";
      /** The leader as far as this node knows. */
      readonly leader: number | null;
      readonly message: string;
    };

/** Commands in one batch at most: bounds one entry's share of a turn of the event loop. */
export const MAX_COMMANDS = 1024;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** @returns undefined when the bytes are not a batch. */
export function decodeBatch(bytes: Uint8Array): Batch | undefined {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
  return isBatch(value) ? value : undefined;
}

function isBatch(value: unknown): value is Batch {
  if (typeof value !== "object" || value === null) return false;
  const batch: Partial<Record<keyof Batch, unknown>> = value;
  return (
    (batch.s === undefined || (typeof batch.s === "string" && batch.s.length <= 64)) &&
    Number.isSafeInteger(batch.n) &&
    Number.isSafeInteger(batch.a) &&
    (batch.open === undefined || (batch.open === true && batch.s !== undefined)) &&
    Array.isArray(batch.c) &&
    batch.c.length <= MAX_COMMANDS &&
    batch.c.every(isCommand)
  );
}

function isCommand(value: unknown): value is BatchCommand {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const extra: unknown = value[2];
  if (extra === undefined) return true;
  if (typeof extra !== "object" || extra === null) return false;
  return Object.values(extra).every((field) => typeof field === "string" && field.length <= 512);
}
