/** All rooms, what is bounded over all of them, and which playing track ends next. */
import { emptyRoom, forgetOldest, isBlank, MAX_HISTORY, type Playing, type Room, remember } from "./queue-room.ts";
import type { QueuedTrack } from "./queue-track.ts";
import { SortedTree } from "./sorted-tree.ts";

/** Rooms that hold something. An empty one takes about 1 KiB. */
export const MAX_ROOMS = 100_000;
/** Queued tracks in all rooms: bounds the memory of a node, at 250 bytes a track with short names and 2.5 KiB with the longest. */
export const MAX_TRACKS_IN_ALL = 1_000_000;
/** Tracks in all histories. Beyond it a room that plays gives up its own oldest. */
export const MAX_HISTORY_IN_ALL = 500_000;

export interface QueueState {
  /**
   * None of them blank, so a name that was merely asked for, or cleared, costs nothing. size <= MAX_ROOMS, but for what
   * transactions had promised, as `tracks`.
   */
  readonly rooms: Map<string, Room>;
  /** Sum over all rooms; tracks <= MAX_TRACKS_IN_ALL */
  tracks: number;
  /** Sum over all rooms; played <= MAX_HISTORY_IN_ALL */
  played: number;
  /** What every room plays, the next to end first. */
  readonly endings: SortedTree<Playing>;
}

export function emptyState(): QueueState {
  return { rooms: new Map(), tracks: 0, played: 0, endings: new SortedTree<Playing>(undefined, endsBefore) };
}

function endsBefore(a: Playing, b: Playing): number {
  if (a.endsAt !== b.endsAt) return a.endsAt - b.endsAt;
  if (a.room === b.room) return 0;
  return a.room < b.room ? -1 : 1;
}

/** The room, made when this is its first write. */
export function openRoom(state: QueueState, name: string): Room {
  const room = state.rooms.get(name);
  if (room !== undefined) return room;
  const opened = emptyRoom(name);
  state.rooms.set(name, opened);
  return opened;
}

/** To be called after what may have taken a room's last track. */
export function dropIfBlank(state: QueueState, room: Room): void {
  if (isBlank(room)) state.rooms.delete(room.name);
}

/** Ends what the room plays, and starts the track, unless it has no length. */
export function startPlaying(state: QueueState, room: Room, track: QueuedTrack, now: number): void {
  stopPlaying(state, room);
  if (track.duration === 0) return;
  const playing = { room: room.name, track, startedAt: now, endsAt: now + track.duration * 1000 };
  room.playing = playing;
  state.endings.set(playing, undefined);
}

/** Ends whatever ends at `now` or before. */
export function endPlaying(state: QueueState, now: number): void {
  for (let next = state.endings.minKey(); next !== undefined && next.endsAt <= now; next = state.endings.minKey()) {
    const room = state.rooms.get(next.room);
    if (room?.playing !== next) throw new Error(`room ${next.room} does not play what ends at ${next.endsAt}`);
    stopPlaying(state, room);
    dropIfBlank(state, room);
  }
}

function stopPlaying(state: QueueState, room: Room): void {
  if (room.playing === null) return;
  state.endings.delete(room.playing);
  room.playing = null;
}

export function recordPlay(state: QueueState, room: Room, track: QueuedTrack): void {
  remember(room, track);
  state.played += 1;
  // Ends: the room's own history has at least this play to give up.
  while (room.history.size > MAX_HISTORY || state.played > MAX_HISTORY_IN_ALL) {
    forgetOldest(room);
    state.played -= 1;
  }
}
