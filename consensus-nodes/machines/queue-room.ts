/**
 * One room: its queue in order, its history, what it plays.
 *
 * `order` alone holds the queue; `byId` is an index that can be made from it. A copy of the room as it stands is therefore
 * two `clone()`s of O(1), for tracks are never changed in place.
 */
import { type NewTrack, outgoingTrack, type QueuedTrack, queuedTrack, type Track, trackKey } from "./queue-track.ts";
import { SortedTree } from "./sorted-tree.ts";

/** Tracks in one queue. With short names about 100 MiB. */
export const MAX_TRACKS = 500_000;
/** Tracks in one history; the oldest go first. */
export const MAX_HISTORY = 10_000;

export interface Playing {
  readonly room: string;
  readonly track: QueuedTrack;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds since the epoch. startedAt < endsAt */
  readonly endsAt: number;
}

export interface Room {
  readonly name: string;
  /** By `trackKey`. The same tracks as `order`; order.size <= MAX_TRACKS */
  byId: Map<string, QueuedTrack>;
  /** Next to be played first. */
  order: SortedTree<QueuedTrack>;
  /** By the number of the play. history.size <= MAX_HISTORY */
  history: SortedTree<number, QueuedTrack>;
  /** Arrivals ever; every track's arrival is below. */
  arrivals: number;
  /** Plays ever; every key of `history` is below. */
  plays: number;
  playing: Playing | null;
}

function beforeInQueue(a: QueuedTrack, b: QueuedTrack): number {
  return b.votes - a.votes || a.arrival - b.arrival;
}

function byNumber(a: number, b: number): number {
  return a - b;
}

export function emptyRoom(name: string): Room {
  return {
    name,
    byId: new Map(),
    order: new SortedTree<QueuedTrack, undefined>(undefined, beforeInQueue),
    history: new SortedTree<number, QueuedTrack>(undefined, byNumber),
    arrivals: 0,
    plays: 0,
    playing: null,
  };
}

/** Whether the room reads as one that nobody has written to. */
export function isBlank({ byId, history, playing }: Room): boolean {
  return byId.size === 0 && history.size === 0 && playing === null;
}

/** Behind all that have as many votes. The id must not be queued. */
export function enqueue(room: Room, track: NewTrack): void {
  const queued = queuedTrack(track, room.arrivals++);
  room.byId.set(trackKey(queued.id), queued);
  if (!room.order.set(queued, undefined)) throw new Error(`two tracks with arrival ${queued.arrival} in ${room.name}`);
}

export function dequeue(room: Room, track: QueuedTrack): void {
  room.byId.delete(trackKey(track.id));
  if (!room.order.delete(track)) throw new Error(`track ${track.id} of ${room.name} has no place in the order`);
}

export function setVotes(room: Room, track: QueuedTrack, votes: number): void {
  const { id, title, artist, duration, arrival } = track;
  const voted = { id, title, artist, duration, votes, arrival };
  room.byId.set(trackKey(id), voted);
  if (!room.order.delete(track)) throw new Error(`track ${id} of ${room.name} has no place in the order`);
  room.order.set(voted, undefined);
}

/** All tracks go, and these come, in this order among equals. */
export function replaceQueue(room: Room, tracks: Iterable<NewTrack>): void {
  clearQueue(room);
  for (const track of tracks) enqueue(room, track);
}

export function clearQueue(room: Room): void {
  room.byId = new Map();
  room.order.clear();
}

export function clearHistory(room: Room): void {
  room.history.clear();
}

export function remember(room: Room, track: QueuedTrack): void {
  room.history.set(room.plays++, track);
}

export function forgetOldest(room: Room): void {
  const oldest = room.history.minKey();
  if (oldest !== undefined) room.history.delete(oldest);
}

export function listQueue(room: Room): Track[] {
  const tracks: Track[] = [];
  room.order.forEachPair((track) => {
    tracks.push(outgoingTrack(track));
  });
  return tracks;
}

export function listHistory(room: Room): Track[] {
  const tracks: Track[] = [];
  room.history.forEachPair((_, track) => {
    tracks.push(outgoingTrack(track));
  });
  return tracks;
}
