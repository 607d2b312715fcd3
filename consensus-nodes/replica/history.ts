/** What a group's log tells of its past: entries as people read them, and the state as it was. */
import type { Machine } from "../machines/machine.ts";
import { EntryKind } from "../raft/message.ts";
import { decodeBatch } from "../wire/batch.ts";
import { readJson } from "../wire/read-json.ts";
import { AppliedState } from "./applied-state.ts";
import type { StoredEntry } from "./log-storage.ts";
import type { Snapshot } from "./snapshots/snapshot-storage.ts";

const kindNames = new Map<number, string>(Object.entries(EntryKind).map(([name, kind]) => [kind, name]));

export interface ReadableEntry {
  readonly index: number;
  readonly term: number;
  /** A name of EntryKind. */
  readonly kind: string;
  /** Milliseconds since the epoch, by the clock of the leader that proposed it. */
  readonly time: number;
  /** Of commands: [{"command", "input", …}, …]; of a configuration: what it says; else undefined. */
  readonly content: unknown;
}

export function readable({ index, term, kind, time, data }: StoredEntry): ReadableEntry {
  return { index, term, kind: kindNames.get(kind) ?? String(kind), time, content: contentOf(kind, data) };
}

function contentOf(kind: number, data: Uint8Array): unknown {
  if (kind === EntryKind.configuration) return readJson(data);
  const batch = kind === EntryKind.commands ? decodeBatch(data) : undefined;
  if (batch === undefined) return undefined;
  if (batch.open) return [{ command: "open a session", session: batch.s }];
  return batch.c.map(([command, input, extra], offset) => ({
    command,
    input,
    ...(batch.s !== undefined && { session: batch.s, number: batch.n + offset }),
    ...extra,
  }));
}

/** The index is not of the past that is kept. */
export class NotKept extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotKept";
  }
}

/**
 * The state after all of `entries`, which begin right after the snapshot, or with the first ever. Gives up the turn with each
 * `undefined`, for a long log takes its time.
 */
export function* rebuild(
  machine: Machine,
  snapshot: Snapshot | undefined,
  entries: Iterable<StoredEntry>,
): Generator<undefined, AppliedState> {
  const { head, values } = snapshot ?? {};
  const state =
    head === undefined || values === undefined
      ? new AppliedState(machine)
      : AppliedState.restore(machine, values, head.index, head.now);
  for (const entry of entries) {
    state.replay(entry);
    yield;
  }
  return state;
}
