/** Who waits for a seat. An entry stands in the queue of its seat, or in its branch's when any seat there will do. */
import { dueOfEntry, schedule, TOLERANCE, unschedule } from "./library-agenda.ts";
import type { Interval } from "./library-calendar.ts";
import type { Seat, WaitlistEntry } from "./library-records.ts";
import { type LibraryState, type Place, sameQueue } from "./library-state.ts";

/** It waits from now on. */
export function addEntry(state: LibraryState, entry: WaitlistEntry): void {
  insertEntry(state, entry);
  startWaiting(state, entry);
}

/** Not yet among those that wait. When a snapshot is restored, in the order of ids. */
export function insertEntry(state: LibraryState, entry: WaitlistEntry): void {
  const { id, user } = entry;
  state.entries.set(id, entry);
  state.queues.set(entry, entry);
  const ofUser = state.entriesOfUser.get(user);
  if (ofUser === undefined) state.entriesOfUser.set(user, new Set([id]));
  else ofUser.add(id);
}

export function startWaiting(state: LibraryState, entry: WaitlistEntry): void {
  state.waiting.set(entry, entry);
  schedule(state, dueOfEntry(entry));
}

export function stopWaiting(state: LibraryState, entry: WaitlistEntry): void {
  if (!state.waiting.delete(entry)) throw new Error(`entry ${entry.id} does not wait`);
  unschedule(state, dueOfEntry(entry));
}

/** It must not wait any more, and have no open offer. */
export function removeEntry(state: LibraryState, entry: WaitlistEntry): void {
  const { id, user } = entry;
  if (state.waiting.has(entry) || state.offers.has(id)) throw new Error(`entry ${id} still waits, or has an offer`);
  state.entries.delete(id);
  state.queues.delete(entry);
  const ofUser = state.entriesOfUser.get(user);
  ofUser?.delete(id);
  if (ofUser?.size === 0) state.entriesOfUser.delete(user);
}

export function entriesOf({ entries, entriesOfUser }: LibraryState, user: number): readonly WaitlistEntry[] {
  return Array.from(entriesOfUser.get(user) ?? [], (id) => {
    const entry = entries.get(id);
    if (entry === undefined) throw new Error(`entry ${id} of user ${user} is gone`);
    return entry;
  });
}

function queuesFor({ id, branch }: Seat): readonly Pick<Place, "seat" | "branch">[] {
  return [
    { seat: id, branch },
    { seat: null, branch },
  ];
}

/**
 * The first of those without an offer who would take the seat in the interval: who asked for this very seat come first, and
 * then who asked earlier.
 */
export function firstFitting(state: LibraryState, seat: Seat, { start, end }: Interval): WaitlistEntry | undefined {
  for (const queue of queuesFor(seat)) {
    let first: WaitlistEntry | undefined;
    // Of each desired time only the first entry can be the one: a step per desired time, however many want it.
    let place: Place = { ...queue, desired: start - TOLERANCE, id: 0 };
    for (;;) {
      const next = state.waiting.nextHigherPair(place)?.[1];
      if (next === undefined || !sameQueue(next, place) || next.desired >= end) break;
      if (first === undefined || next.id < first.id) first = next;
      place = { ...queue, desired: next.desired, id: Number.POSITIVE_INFINITY };
    }
    if (first !== undefined) return first;
  }
  return undefined;
}

/** The first who waits for the seat, else for its branch: whatever the desired time, with an open offer or without. */
export function firstInQueue({ queues }: LibraryState, seat: Seat): WaitlistEntry | undefined {
  for (const queue of queuesFor(seat)) {
    const place = { ...queue, desired: 0, id: 0 };
    const first = queues.nextHigherPair(place)?.[1];
    if (first !== undefined && sameQueue(first, place)) return first;
  }
  return undefined;
}
