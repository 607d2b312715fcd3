/**
 * The queues as a sequence of values: of each room a head, then its tracks in order, then its history, each track a tuple.
 *
 *     {room, arrivals, plays, playing}  ["q", id, title, artist, duration, votes, arrival] …  ["h", play, id, …] …
 */
import * as z from "zod";
import type { Snapshots } from "./machine.ts";
import { emptyRoom, type Room } from "./queue-room.ts";
import { emptyState, type QueueState } from "./queue-state.ts";
import { type QueuedTrack, TrackId, trackKey } from "./queue-track.ts";

const trackFields = [TrackId, z.string(), z.string(), z.int(), z.int(), z.int()] as const;
const TrackTuple = z.tuple([...trackFields]);
const Head = z.object({
  room: z.string(),
  arrivals: z.int(),
  plays: z.int(),
  playing: z.object({ track: TrackTuple, startedAt: z.int(), endsAt: z.int() }).nullable(),
});
const Queued = z.tuple([z.literal("q"), ...trackFields]);
const Played = z.tuple([z.literal("h"), z.int(), ...trackFields]);
const Value = z.union([Queued, Played, Head]);

type TrackTuple = z.infer<typeof TrackTuple>;

function toTuple({ id, title, artist, duration, votes, arrival }: QueuedTrack): TrackTuple {
  return [id, title, artist, duration, votes, arrival];
}

function fromTuple([id, title, artist, duration, votes, arrival]: TrackTuple): QueuedTrack {
  return { id, title, artist, duration, votes, arrival };
}

/** A room as it stood; `clone()` is O(1), and tracks are never changed in place. */
function captureRoom({ name, order, history, arrivals, plays, playing }: Room) {
  return { name, arrivals, plays, playing, order: order.clone(), history: history.clone() };
}

function* values(rooms: readonly ReturnType<typeof captureRoom>[]): Iterable<unknown> {
  for (const { name, order, history, arrivals, plays, playing } of rooms) {
    const now = playing && { track: toTuple(playing.track), startedAt: playing.startedAt, endsAt: playing.endsAt };
    yield { room: name, arrivals, plays, playing: now };
    for (const queued of order.keys()) yield ["q", ...toTuple(queued)];
    for (const [play, played] of history.entries()) yield ["h", play, ...toTuple(played)];
  }
}

export const queueSnapshots: Snapshots<QueueState> = {
  capture: (state) => values([...state.rooms.values()].map(captureRoom)),

  restore: (snapshot) => {
    const state = emptyState();
    let room: Room | undefined;
    for (const untyped of snapshot) {
      const value = Value.parse(untyped);
      if (!Array.isArray(value)) {
        room = openCaptured(state, value);
        continue;
      }
      if (room === undefined) throw new Error("a track stands before its room");
      if (value[0] === "q") {
        const [, ...tuple] = value;
        const track = fromTuple(tuple);
        room.byId.set(trackKey(track.id), track);
        room.order.set(track, undefined);
        state.tracks += 1;
      } else {
        const [, play, ...tuple] = value;
        room.history.set(play, fromTuple(tuple));
        state.played += 1;
      }
    }
    return state;
  },
};

function openCaptured(state: QueueState, { room: name, arrivals, plays, playing }: z.infer<typeof Head>): Room {
  const room = emptyRoom(name);
  state.rooms.set(name, room);
  room.arrivals = arrivals;
  room.plays = plays;
  if (playing !== null) {
    const { track, startedAt, endsAt } = playing;
    room.playing = { room: name, track: fromTuple(track), startedAt, endsAt };
    state.endings.set(room.playing, undefined);
  }
  return room;
}
