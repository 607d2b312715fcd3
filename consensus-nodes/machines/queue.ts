/** Music queues, one per room, ordered by votes and then by arrival. Wire and semantics: shared/contracts/queue.md. */
import * as z from "zod";
import { command, defineMachine, query } from "./machine.ts";
import {
  clearHistory,
  clearQueue,
  dequeue,
  enqueue,
  listHistory,
  listQueue,
  MAX_TRACKS,
  type Room,
  replaceQueue,
  setVotes,
} from "./queue-room.ts";
import { queueSnapshots } from "./queue-snapshot.ts";
import {
  dropIfBlank,
  emptyState,
  endPlaying,
  MAX_ROOMS,
  MAX_TRACKS_IN_ALL,
  openRoom,
  type QueueState,
  recordPlay,
  startPlaying,
} from "./queue-state.ts";
import { NewTrack, outgoingTrack, sameRecording, type Track, TrackId, trackKey } from "./queue-track.ts";

/** What every command on a queue answers. */
interface Changed<Outcome extends string> {
  readonly outcome: Outcome;
  /** Of the log entry that carried the command: a query that waits for it sees the change. */
  readonly index: number;
  /** The queue right after the command, when `list` asked for it and the outcome is no refusal. */
  readonly queue?: readonly Track[];
}

type Added = Changed<"added" | "unchanged" | "conflict" | "full">;

type Played =
  | { readonly outcome: "playing"; readonly index: number; readonly track: Track; readonly started_at: number }
  | { readonly outcome: "empty"; readonly index: number; readonly track?: never; readonly started_at?: never };

interface Synchronized extends Changed<"synchronized" | "conflict" | "full"> {
  /** The id that the list gives to differing tracks. */
  readonly conflict?: TrackId;
}

interface NowPlaying {
  readonly track: Track;
  /** Milliseconds since the epoch, like `ends_at`. */
  readonly started_at: number;
  readonly ends_at: number;
}

const room = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "a room's name is 1 to 64 letters, digits, - and _");
/** Put the queue into the answer. For answers that are kept under an idempotency key; else the query `list` is cheaper. */
const list = z.literal(true).optional();

const InRoom = z.object({ room });
const AddTrack = z.object({ room, track: NewTrack, list });
const RemoveTrack = z.object({ room, id: TrackId, list });
const Vote = z.object({ room, id: TrackId, up: z.boolean(), list });
/** The length of the list is bounded by the request's body, and the queue's by `full`. */
const Sync = z.object({ room, tracks: z.array(NewTrack), list });
const Metadata = z.object({ room, id: TrackId });

const MAX_VOTES = 2 ** 31 - 1;
const MIN_VOTES = -(2 ** 31);

/** One track per id, in the list's order; or the id that stands for two different tracks. */
function distinctTracks(tracks: readonly NewTrack[]): { distinct: Map<string, NewTrack>; conflict?: TrackId } {
  const distinct = new Map<string, NewTrack>();
  for (const track of tracks) {
    const key = trackKey(track.id);
    const other = distinct.get(key);
    if (other === undefined) distinct.set(key, track);
    else if (!sameRecording(other, track) || (other.votes ?? 0) !== (track.votes ?? 0)) {
      return { distinct, conflict: track.id };
    }
  }
  return { distinct };
}

/** No place for `more` tracks in this room, or in all of them together. */
function isFull(state: QueueState, name: string, more: number): boolean {
  const room = state.rooms.get(name);
  if (state.tracks + more > MAX_TRACKS_IN_ALL || (room?.byId.size ?? 0) + more > MAX_TRACKS) return true;
  return room === undefined && state.rooms.size >= MAX_ROOMS;
}

const findTrack = (state: QueueState, { room, id }: { room: string; id: TrackId }) =>
  state.rooms.get(room)?.byId.get(trackKey(id));

function refuseAdd(state: QueueState, { room, track }: z.infer<typeof AddTrack>): "conflict" | "full" | undefined {
  const queued = findTrack(state, { room, id: track.id });
  if (queued === undefined) return isFull(state, room, 1) ? "full" : undefined;
  return sameRecording(queued, track) ? undefined : "conflict";
}

function refuseVote(state: QueueState, vote: z.infer<typeof Vote>): "absent" | "limit" | undefined {
  const queued = findTrack(state, vote);
  if (queued === undefined) return "absent";
  return queued.votes === (vote.up ? MAX_VOTES : MIN_VOTES) ? "limit" : undefined;
}

function refuseSync(state: QueueState, { room, tracks }: z.infer<typeof Sync>): "conflict" | "full" | undefined {
  const { distinct, conflict } = distinctTracks(tracks);
  if (conflict !== undefined) return "conflict";
  return isFull(state, room, distinct.size - (state.rooms.get(room)?.byId.size ?? 0)) ? "full" : undefined;
}

/** A transaction locks whole rooms. */
const keys = ({ room }: { readonly room: string }) => [room];

function queueIf(list: true | undefined, room: Room | undefined): { queue?: readonly Track[] } {
  if (list === undefined) return {};
  return { queue: room === undefined ? [] : listQueue(room) };
}

export const queue = defineMachine({
  name: "queue",
  initial: emptyState,
  deadline: (state: QueueState) => state.endings.minKey()?.endsAt,
  due: (state: QueueState, { now }) => endPlaying(state, now),
  snapshots: queueSnapshots,
  commands: {
    addTrack: command(
      AddTrack,
      (state: QueueState, { room: name, track, list }, { index, promised }): Added => {
        const queued = findTrack(state, { room: name, id: track.id });
        if (queued !== undefined && !sameRecording(queued, track)) return { outcome: "conflict", index };
        if (queued !== undefined) return { outcome: "unchanged", index, ...queueIf(list, state.rooms.get(name)) };
        if (!promised && isFull(state, name, 1)) return { outcome: "full", index };
        const room = openRoom(state, name);
        enqueue(room, track);
        state.tracks += 1;
        return { outcome: "added", index, ...queueIf(list, room) };
      },
      { keys, check: refuseAdd },
    ),

    removeTrack: command(
      RemoveTrack,
      (state: QueueState, { room: name, id, list }, { index }): Changed<"removed" | "absent"> => {
        const room = state.rooms.get(name);
        const queued = room?.byId.get(trackKey(id));
        if (room === undefined || queued === undefined) return { outcome: "absent", index, ...queueIf(list, room) };
        dequeue(room, queued);
        state.tracks -= 1;
        dropIfBlank(state, room);
        return { outcome: "removed", index, ...queueIf(list, room) };
      },
      { keys, check: (state, track) => (findTrack(state, track) === undefined ? "absent" : undefined) },
    ),

    vote: command(
      Vote,
      (state: QueueState, { room: name, id, up, list }, { index }): Changed<"voted" | "absent" | "limit"> => {
        const room = state.rooms.get(name);
        const queued = room?.byId.get(trackKey(id));
        if (room === undefined || queued === undefined) return { outcome: "absent", index };
        if (queued.votes === (up ? MAX_VOTES : MIN_VOTES)) return { outcome: "limit", index };
        setVotes(room, queued, queued.votes + (up ? 1 : -1));
        return { outcome: "voted", index, ...queueIf(list, room) };
      },
      { keys, check: refuseVote },
    ),

    playNext: command(
      InRoom,
      (state: QueueState, { room: name }, { now, index }): Played => {
        const room = state.rooms.get(name);
        const next = room?.order.minKey();
        if (room === undefined || next === undefined) return { outcome: "empty", index };
        dequeue(room, next);
        state.tracks -= 1;
        recordPlay(state, room, next);
        startPlaying(state, room, next, now);
        dropIfBlank(state, room);
        return { outcome: "playing", index, track: outgoingTrack(next), started_at: now };
      },
      { keys, check: (state, { room }) => (state.rooms.get(room)?.order.size ? undefined : "empty") },
    ),

    sync: command(
      Sync,
      (state: QueueState, { room: name, tracks, list }, { index, promised }): Synchronized => {
        const { distinct, conflict } = distinctTracks(tracks);
        if (conflict !== undefined) return { outcome: "conflict", index, conflict };
        const more = distinct.size - (state.rooms.get(name)?.byId.size ?? 0);
        if (!promised && isFull(state, name, more)) return { outcome: "full", index };
        const opened = openRoom(state, name);
        replaceQueue(opened, distinct.values());
        state.tracks += more;
        dropIfBlank(state, opened);
        return { outcome: "synchronized", index, ...queueIf(list, opened) };
      },
      { keys, check: refuseSync },
    ),

    /** Queue and history. What plays goes on to its end. */
    clear: command(
      InRoom,
      (state: QueueState, { room: name }, { index }): { outcome: "cleared"; index: number } => {
        const room = state.rooms.get(name);
        if (room !== undefined) {
          state.tracks -= room.byId.size;
          state.played -= room.history.size;
          clearQueue(room);
          clearHistory(room);
          dropIfBlank(state, room);
        }
        return { outcome: "cleared", index };
      },
      { keys },
    ),
  },
  queries: {
    /** In the order in which they will be played. */
    list: query(InRoom, (state: QueueState, { room: name }): readonly Track[] => {
      const room = state.rooms.get(name);
      return room === undefined ? [] : listQueue(room);
    }),

    metadata: query(Metadata, (state: QueueState, { room: name, id }): Track | null => {
      const queued = state.rooms.get(name)?.byId.get(trackKey(id));
      return queued === undefined ? null : outgoingTrack(queued);
    }),

    /** Oldest first. */
    history: query(InRoom, (state: QueueState, { room: name }): readonly Track[] => {
      const room = state.rooms.get(name);
      return room === undefined ? [] : listHistory(room);
    }),

    nowPlaying: query(InRoom, (state: QueueState, { room: name }): NowPlaying | null => {
      const playing = state.rooms.get(name)?.playing ?? null;
      if (playing === null) return null;
      return { track: outgoingTrack(playing.track), started_at: playing.startedAt, ends_at: playing.endsAt };
    }),
  },
});
