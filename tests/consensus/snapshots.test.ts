import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { groups } from "../../consensus-nodes/groups.ts";
import { AppliedState } from "../../consensus-nodes/replica/applied-state.ts";
import { DamagedSnapshot, type SnapshotHead } from "../../consensus-nodes/replica/snapshots/snapshot-format.ts";
import { SnapshotStore } from "../../consensus-nodes/replica/snapshots/snapshot-store.ts";
import type { BatchCommand } from "../../consensus-nodes/wire/batch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tutti-snapshots-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const track = (id: number | string, votes = 0) => ({
  id,
  title: `title ${id}`,
  artist: "artist",
  duration: 100,
  votes,
});

/** A queue with all there can be in one: sessions, keyed results, history, something playing, more than one room. */
function lived(tracks: number): AppliedState {
  const state = new AppliedState(groups.queue);
  let index = 0;
  let number = 1;
  const apply = (...commands: BatchCommand[]) => {
    index += 1;
    state.applyBatch({ s: "session", n: number, a: number, c: commands }, index, 1000 + index);
    number += commands.length;
  };
  state.applyBatch({ s: "session", n: 1, a: 1, c: [], open: true }, ++index, 1000);
  for (let id = 0; id < tracks; id++) apply(["addTrack", { room: `room-${id % 3}`, track: track(id, id % 7) }]);
  apply(["vote", { room: "room-1", id: 4, up: true }], ["playNext", { room: "room-0" }]);
  apply(["addTrack", { room: "room-2", track: track("keyed"), list: true }, { key: "k", print: "p" }]);
  return state;
}

const answers = (state: AppliedState) =>
  ["room-0", "room-1", "room-2"].flatMap((room) =>
    ["list", "history", "nowPlaying"].map((query) => state.answer(query, { room })),
  );

const headOf = ({ index, now }: AppliedState): SnapshotHead => ({
  tutti: "snapshot",
  format: 1,
  machine: "queue",
  index,
  term: 1,
  now,
  configuration: { members: [{ id: 0, voter: true, address: "127.0.0.1:1" }] },
  configurationIndex: 0,
});

describe("a snapshot", () => {
  test("brings back a state that answers, remembers and goes on like the one it was taken of", async () => {
    const state = lived(500);
    const store = new SnapshotStore(folder);
    await store.write(headOf(state), state.capture());
    const found = store.newest();
    if (found === undefined) throw new Error("expected a snapshot");
    const { index, now } = found.head;
    const restored = AppliedState.restore(groups.queue, found.values, index, now);
    expect([...restored.capture()]).toEqual([...state.capture()]);
    expect(answers(restored)).toEqual(answers(state));
    expect(restored.deadline).toBe(state.deadline);
    // A retry under the session, and one under the idempotency key, get the first answer from both.
    const retries = (one: AppliedState) => [
      one.applyBatch(
        { s: "session", n: 503, a: 503, c: [["addTrack", { room: "x", track: track("x") }]] },
        index + 1,
        now,
      ),
      one.applyBatch(
        { n: 1, a: 1, c: [["addTrack", { room: "y", track: track("y") }, { key: "k", print: "p" }]] },
        index + 2,
        now,
      ),
    ];
    const before = retries(state);
    expect(retries(restored)).toEqual(before);
    expect(before[1]).toMatchObject([{ v: { outcome: "added", queue: expect.any(Array) } }]);
  });

  test("is of the moment it was taken, whatever commands come while it is written", async () => {
    const state = lived(3000);
    const expected = [...state.capture()];
    const store = new SnapshotStore(folder);
    const writing = store.write(headOf(state), state.capture());
    for (let id = 0; id < 1000; id++) {
      const commands: BatchCommand[] = [
        ["addTrack", { room: "room-0", track: track(`later-${id}`, 9) }],
        ["vote", { room: "room-1", id: 1, up: true }],
      ];
      state.applyBatch({ n: 1, a: 1, c: commands }, state.index + 1, state.now);
    }
    await writing;
    expect([...(store.newest()?.values ?? [])]).toEqual(expected);
  });

  test("that is cut short or changed anywhere is refused", async () => {
    const state = lived(20);
    const store = new SnapshotStore(folder);
    const { file } = await store.write(headOf(state), state.capture());
    const whole = readFileSync(file);
    for (let offset = 0; offset < whole.length; offset++) {
      const flipped = Buffer.from(whole);
      flipped[offset] = (flipped[offset] ?? 0) ^ 4;
      writeFileSync(file, flipped);
      expect(() => store.newest(), `byte ${offset}`).toThrow(DamagedSnapshot);
    }
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(file, whole.subarray(0, length));
      expect(() => store.newest(), `length ${length}`).toThrow(DamagedSnapshot);
    }
  });
});
