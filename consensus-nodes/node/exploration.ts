/** Control.ReadLog and Control.StateAt: a group's past, for people, in small steps, so that the node goes on working. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogEntry, StateValue } from "../../proto/generated/control.ts";
import { NotKept, readable, rebuild } from "../replica/history.ts";
import type { StoredEntry } from "../replica/log-storage.ts";
import type { MemberGroup } from "./member-group.ts";

/** Bytes of entries read at once. */
const READ_BYTES = 256 * 1024;
/** Milliseconds of work before others get their turn. */
const SLICE_MS = 4;

/** Committed entries `from..to`, as far as they are kept. 0 stands for the oldest and for the newest. */
export async function* readLog({ replica }: MemberGroup, from: number, to: number): AsyncGenerator<LogEntry> {
  const last = to === 0 ? replica.status.commit : Math.min(to, replica.status.commit);
  for (const entry of entriesOf(replica, Math.max(from, replica.firstIndex), last)) {
    const { content, ...rest } = readable(entry);
    yield { ...rest, content: content === undefined ? "" : JSON.stringify(content) };
    await nextTurn();
  }
}

/** The machine's state after the entry `index`. @throws {NotKept} */
export async function* stateAt(group: MemberGroup, index: number): AsyncGenerator<StateValue> {
  const { replica, name } = group;
  const { applied } = replica.status;
  if (index > applied) throw new NotKept(`${name} has applied ${applied} entries here`);
  const snapshot = group.snapshotUpTo(index);
  const first = (snapshot?.head.index ?? 0) + 1;
  if (first < replica.firstIndex) throw new NotKept(`the log of ${name} begins with entry ${replica.firstIndex} here`);
  const rebuilding = rebuild(replica.machine, snapshot, entriesOf(replica, first, index));
  let sliceEnd = performance.now() + SLICE_MS;
  const rest = async () => {
    if (performance.now() < sliceEnd) return;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  };
  let step = rebuilding.next();
  for (; !step.done; step = rebuilding.next()) await rest();
  for (const value of step.value.captureMachine()) {
    yield { json: JSON.stringify(value) };
    await rest();
  }
}

function* entriesOf(replica: MemberGroup["replica"], first: number, last: number): Generator<StoredEntry> {
  for (let next = first; next <= last; ) {
    for (const entry of replica.read(next, last, READ_BYTES)) {
      yield entry;
      next = entry.index + 1;
    }
  }
}
