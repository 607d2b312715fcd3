import { describe, expect, test } from "vitest";
import { queue } from "../../../consensus-nodes/machines/queue.ts";
import { MAX_HISTORY, MAX_TRACKS } from "../../../consensus-nodes/machines/queue-room.ts";
import { MAX_HISTORY_IN_ALL, MAX_ROOMS, MAX_TRACKS_IN_ALL } from "../../../consensus-nodes/machines/queue-state.ts";

// Straight to `apply`: these take a million steps, and what the schemas let through is tested elsewhere.
const { addTrack, removeTrack, playNext, sync, clear } = queue.commands;
const { list, history } = queue.queries;
const at = { index: 1, now: 0 };
const track = (id: number, duration = 0) => ({ id, title: "T", artist: "", duration });
const tracks = (count: number) => Array.from({ length: count }, (_, id) => track(id));

describe("the queue machine stays within its bounds", { timeout: 60_000 }, () => {
  test("a full queue refuses a new track, and still knows a retry and a conflict", () => {
    const state = queue.initial();
    expect(sync.apply(state, { room: "a", tracks: tracks(MAX_TRACKS + 1) }, at)).toEqual({ outcome: "full", index: 1 });
    sync.apply(state, { room: "a", tracks: tracks(MAX_TRACKS) }, at);
    expect(addTrack.apply(state, { room: "a", track: track(-1) }, at).outcome).toBe("full");
    expect(addTrack.apply(state, { room: "a", track: track(0) }, at).outcome).toBe("unchanged");
    expect(addTrack.apply(state, { room: "a", track: track(0, 1) }, at).outcome).toBe("conflict");
    removeTrack.apply(state, { room: "a", id: 0 }, at);
    expect(addTrack.apply(state, { room: "a", track: track(-1) }, at).outcome).toBe("added");
  });

  test("when all rooms together are full, every room is, until one is cleared", () => {
    const state = queue.initial();
    const rooms = Array.from({ length: MAX_TRACKS_IN_ALL / MAX_TRACKS }, (_, number) => `room-${number}`);
    const all = tracks(MAX_TRACKS);
    for (const room of rooms) expect(sync.apply(state, { room, tracks: all }, at).outcome).toBe("synchronized");
    expect(addTrack.apply(state, { room: "new", track: track(1) }, at).outcome).toBe("full");
    expect(sync.apply(state, { room: "new", tracks: [track(1)] }, at).outcome).toBe("full");
    expect(sync.apply(state, { room: "room-0", tracks: all }, at).outcome).toBe("synchronized");
    clear.apply(state, { room: "room-0" }, at);
    expect(addTrack.apply(state, { room: "new", track: track(1) }, at).outcome).toBe("added");
  });

  test("one room too many is full; a room that was emptied makes place", () => {
    const state = queue.initial();
    for (let number = 0; number < MAX_ROOMS; number++) {
      addTrack.apply(state, { room: `room-${number}`, track: track(1) }, at);
    }
    expect(addTrack.apply(state, { room: "new", track: track(1) }, at).outcome).toBe("full");
    expect(sync.apply(state, { room: "new", tracks: [track(1)] }, at).outcome).toBe("full");
    expect(addTrack.apply(state, { room: "room-7", track: track(2) }, at).outcome).toBe("added");
    removeTrack.apply(state, { room: "room-9", id: 1 }, at);
    expect(addTrack.apply(state, { room: "new", track: track(1) }, at).outcome).toBe("added");
  });

  test("commands that find nothing make no room", () => {
    const state = queue.initial();
    for (const room of ["a", "b"]) {
      removeTrack.apply(state, { room, id: 1 }, at);
      queue.commands.vote.apply(state, { room, id: 1, up: true }, at);
      playNext.apply(state, { room }, at);
      sync.apply(state, { room, tracks: [] }, at);
      clear.apply(state, { room }, at);
    }
    expect(state.rooms.size).toBe(0);
  });

  test("a history keeps the newest plays", () => {
    const state = queue.initial();
    const count = MAX_HISTORY + 25;
    sync.apply(state, { room: "a", tracks: tracks(count) }, at);
    for (let plays = 0; plays < count; plays++) playNext.apply(state, { room: "a" }, at);
    const kept = history.answer(state, { room: "a" }, at).map(({ id }) => id);
    expect(kept).toEqual(Array.from({ length: MAX_HISTORY }, (_, place) => place + 25));
  });

  test("when all histories together are full, a room that plays gives up its own oldest", () => {
    const state = queue.initial();
    const rooms = Array.from({ length: MAX_HISTORY_IN_ALL / MAX_HISTORY }, (_, number) => `room-${number}`);
    for (const room of rooms) {
      sync.apply(state, { room, tracks: tracks(MAX_HISTORY) }, at);
      for (let plays = 0; plays < MAX_HISTORY; plays++) playNext.apply(state, { room }, at);
    }
    sync.apply(state, { room: "late", tracks: tracks(2) }, at);
    expect(playNext.apply(state, { room: "late" }, at).outcome).toBe("playing");
    expect(history.answer(state, { room: "late" }, at)).toEqual([]);
    expect(history.answer(state, { room: "room-0" }, at)).toHaveLength(MAX_HISTORY);
    clear.apply(state, { room: "room-0" }, at);
    playNext.apply(state, { room: "late" }, at);
    expect(history.answer(state, { room: "late" }, at).map(({ id }) => id)).toEqual([1]);
    expect(list.answer(state, { room: "late" }, at)).toEqual([]);
    expect(state.rooms.get("late")?.playing).toBeNull();
  });
});
