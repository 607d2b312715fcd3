import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QueueLog } from "./queue-log.ts";
import { QueueModel, type Step } from "./queue-model.ts";

// Few names, so that they meet; among them those that break objects used as maps, and numbers beside their texts.
const room = fc.constantFrom("main", "other", "__proto__", "constructor");
const id = fc.constantFrom<(number | string)[]>(
  0,
  1,
  "1",
  2,
  1000,
  "1e3",
  -7,
  Number.MAX_SAFE_INTEGER,
  "__proto__",
  "ü ",
);
const votes = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31)));
const track = fc.record(
  {
    id,
    title: fc.constantFrom("A", "B"),
    artist: fc.constantFrom("", "X"),
    duration: fc.constantFrom(0, 1, 3),
    votes,
  },
  { requiredKeys: ["id", "title", "artist", "duration"] },
);
const list = fc.constantFrom<(true | undefined)[]>(undefined, true);
const up = fc.boolean();

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ name: fc.constant("addTrack"), room, track, list }) },
  { weight: 6, arbitrary: fc.record({ name: fc.constant("vote"), room, id, up, list }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("removeTrack"), room, id, list }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant("playNext"), room }) },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.constant("sync"), room, tracks: fc.array(track, { maxLength: 8 }), list }),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("clear"), room }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("pass"), milliseconds: fc.integer({ min: 0, max: 4000 }) }) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 120, size: "max" });

function take(log: QueueLog, step: Step): unknown {
  if (step.name === "pass") return log.pass(step.milliseconds);
  const { name, ...input } = step;
  return log.run(name, input);
}

/** All that can be asked, as JSON. */
function reads(log: QueueLog): string {
  const rooms = ["main", "other", "__proto__", "constructor"];
  return JSON.stringify(
    rooms.map((room) => [
      ...["list", "history", "nowPlaying"].map((query) => log.ask(query, { room })),
      log.deadline(),
    ]),
  );
}

describe("the queue machine, over random commands in several rooms", { timeout: 60_000 }, () => {
  test("answers as a model that sorts anew each time", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const log = new QueueLog();
        const model = new QueueModel(log.now);
        for (const step of steps) {
          const result = take(log, step);
          if (step.name === "pass") model.pass(step.milliseconds);
          else {
            expect(result).toEqual({ ...model.run(step), index: log.index });
            expect(log.ask("list", { room: step.room })).toEqual(model.list(step.room));
          }
          for (const [room, { history, playing }] of model.rooms) {
            expect(log.ask("history", { room })).toEqual(history);
            expect(log.ask("nowPlaying", { room })).toEqual(playing);
          }
          expect(log.deadline()).toBe(model.deadline());
        }
        for (const room of model.rooms.keys()) {
          const queued = model.list(room);
          expect(log.ask("list", { room })).toEqual(queued);
          for (const track of queued) expect(log.ask("metadata", { room, id: String(track.id) })).toEqual(track);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("keeps its counts and its indexes true", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const log = new QueueLog();
        for (const step of steps) take(log, step);
        const { state } = log;
        const rooms = [...state.rooms.values()];
        expect(state.tracks).toBe(rooms.reduce((sum, { byId }) => sum + byId.size, 0));
        expect(state.played).toBe(rooms.reduce((sum, { history }) => sum + history.size, 0));
        expect(state.endings.keysArray().map(({ room }) => state.rooms.get(room)?.playing)).toEqual(
          state.endings.keysArray(),
        );
        expect(state.endings.size).toBe(rooms.filter(({ playing }) => playing !== null).length);
        for (const room of rooms) {
          room.order.checkValid(true);
          expect(new Set(room.order.keysArray())).toEqual(new Set(room.byId.values()));
          expect(room.byId.size + room.history.size > 0 || room.playing !== null).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("two machines fed the same log give the same results and read the same", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const [one, two] = [new QueueLog(), new QueueLog()];
        const results = [one, two].map((log) => JSON.stringify(steps.map((step) => take(log, step))));
        expect(results[0]).toBe(results[1]);
        expect(reads(one)).toBe(reads(two));
      }),
      { numRuns: 100 },
    );
  });

  test("a later command changes no earlier result", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const log = new QueueLog();
        const given = steps.flatMap((step) => {
          const results = [take(log, step), log.ask("list", { room: "main" }), log.ask("nowPlaying", { room: "main" })];
          return results.map((result) => ({ result, before: JSON.stringify(result) }));
        });
        for (const { result, before } of given) expect(JSON.stringify(result)).toBe(before);
      }),
      { numRuns: 100 },
    );
  });

  test("whoever spoils a result or an input spoils nothing of the state", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const [spoiled, clean] = [new QueueLog(), new QueueLog()];
        for (const step of steps) {
          const own = structuredClone(step);
          spoil(take(spoiled, own));
          spoil(own);
          take(clean, step);
          for (const query of ["list", "history", "nowPlaying"]) spoil(spoiled.ask(query, { room: "main" }));
        }
        expect(reads(spoiled)).toBe(reads(clean));
      }),
      { numRuns: 100 },
    );
  });
});

function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    spoil(inner);
    Reflect.set(value, key, "spoiled");
  }
  if (Array.isArray(value)) value.length = 0;
}
