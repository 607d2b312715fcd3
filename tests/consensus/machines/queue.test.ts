import { beforeEach, describe, expect, test } from "vitest";
import { accepts, QueueLog } from "./queue-log.ts";

const song = { id: 1, title: "Song", artist: "Artist", duration: 200 };
const named = (id: number | string, more: object = {}) => ({ ...song, id, ...more });

let log: QueueLog;
const room = "main";
const run = (name: string, input: object) => log.run(name, { room, ...input });
const ask = (name: string, input: object = {}) => log.ask(name, { room, ...input });
const add = (id: number | string, more?: object) => run("addTrack", { track: named(id, more) });
const ids = () => [...Array.from(JSON.parse(JSON.stringify(ask("list"))), ({ id }: { id: number | string }) => id)];

beforeEach(() => {
  log = new QueueLog();
});

describe("addTrack", () => {
  test("queues a track without votes", () => {
    expect(add(1)).toEqual({ outcome: "added", index: 1 });
    expect(ask("list")).toEqual([{ ...song, votes: 0 }]);
  });

  test("queues a track with the votes it brings", () => {
    add(1);
    add(2, { votes: 5 });
    add(3, { votes: -1 });
    expect(ids()).toEqual([2, 1, 3]);
  });

  test("a retry leaves the queue as it is, votes included", () => {
    add(1);
    run("vote", { id: 1, up: true });
    expect(add("1", { votes: 7 })).toEqual({ outcome: "unchanged", index: 3 });
    expect(ask("list")).toEqual([{ ...song, votes: 1 }]);
  });

  test.each([{ title: "Other" }, { artist: "Other" }, { duration: 201 }])(
    "refuses a queued id with another %o",
    (other) => {
      add(1);
      expect(add("1", other)).toEqual({ outcome: "conflict", index: 2 });
      expect(ask("list")).toEqual([{ ...song, votes: 0 }]);
    },
  );

  test("an id comes back as it was sent", () => {
    add(1);
    add("2");
    expect(ids()).toEqual([1, "2"]);
    expect(ask("metadata", { id: "1" })).toMatchObject({ id: 1 });
    expect(ask("metadata", { id: 2 })).toMatchObject({ id: "2" });
  });

  test("an id that is a number's text in another form is another id", () => {
    add(1000);
    for (const id of ["1e3", "01000", "1000.0", " 1000"]) expect(add(id)).toMatchObject({ outcome: "added" });
    expect(add("1000")).toMatchObject({ outcome: "unchanged" });
  });

  test("-0 is 0, as JSON has it", () => {
    log.run("addTrack", { room, track: JSON.parse('{"id":-0,"title":"T","artist":"","duration":-0,"votes":-0}') });
    expect(ask("metadata", { id: "0" })).toStrictEqual({ id: 0, title: "T", artist: "", duration: 0, votes: 0 });
  });

  test.each(["__proto__", "constructor", "hasOwnProperty"])("%s is an ordinary id and an ordinary room", (name) => {
    expect(log.run("addTrack", { room: name, track: named(name) })).toMatchObject({ outcome: "added" });
    expect(log.ask("list", { room: name })).toEqual([{ ...song, id: name, votes: 0 }]);
    expect(log.ask("metadata", { room: "main", id: name })).toBeNull();
  });

  test("answers with the queue when asked to", () => {
    expect(run("addTrack", { track: song, list: true })).toMatchObject({ queue: [{ ...song, votes: 0 }] });
    expect(run("addTrack", { track: song, list: true })).toMatchObject({ queue: [{ ...song, votes: 0 }] });
  });
});

describe("removeTrack", () => {
  test("removes by number or text alike", () => {
    add(1);
    expect(run("removeTrack", { id: "1", list: true })).toEqual({ outcome: "removed", index: 2, queue: [] });
    expect(ask("metadata", { id: 1 })).toBeNull();
  });

  test("changes nothing when the id is not queued", () => {
    add(1);
    expect(run("removeTrack", { id: 2 })).toEqual({ outcome: "absent", index: 2 });
    expect(log.run("removeTrack", { room: "elsewhere", id: 1, list: true })).toEqual({
      outcome: "absent",
      index: 3,
      queue: [],
    });
    expect(ids()).toEqual([1]);
  });

  test("a track that comes back queues up behind its equals", () => {
    add(1);
    add(2);
    run("removeTrack", { id: 1 });
    add(1);
    expect(ids()).toEqual([2, 1]);
  });
});

describe("vote", () => {
  test("moves a track past those with fewer votes, and back to its old place among equals", () => {
    for (const id of [1, 2, 3]) add(id);
    run("vote", { id: 3, up: true });
    expect(ids()).toEqual([3, 1, 2]);
    run("vote", { id: 1, up: false });
    expect(ids()).toEqual([3, 2, 1]);
    run("vote", { id: 3, up: false });
    run("vote", { id: 1, up: true });
    expect(ids()).toEqual([1, 2, 3]);
  });

  test("says when the id is not queued", () => {
    expect(run("vote", { id: 1, up: true })).toEqual({ outcome: "absent", index: 1 });
  });

  test.each([
    [true, 2 ** 31 - 1],
    [false, -(2 ** 31)],
  ])("stays within int32 (up: %s)", (up, votes) => {
    add(1, { votes });
    expect(run("vote", { id: 1, up, list: true })).toEqual({ outcome: "limit", index: 2 });
    expect(ask("metadata", { id: 1 })).toMatchObject({ votes });
    expect(run("vote", { id: 1, up: !up })).toMatchObject({ outcome: "voted" });
  });
});

describe("playNext", () => {
  test("plays the track with the most votes, and takes it from the queue into the history", () => {
    add(1);
    add(2, { votes: 1 });
    const track = named(2, { votes: 1 });
    expect(run("playNext", {})).toEqual({ outcome: "playing", index: 3, track, started_at: log.now });
    expect(ids()).toEqual([1]);
    expect(ask("history")).toEqual([track]);
    expect(ask("nowPlaying")).toEqual({ track, started_at: log.now, ends_at: log.now + 200_000 });
  });

  test("keeps the history oldest first", () => {
    for (const id of [3, 1, 2]) add(id);
    for (let plays = 0; plays < 3; plays++) run("playNext", {});
    expect(ask("history")).toMatchObject([{ id: 3 }, { id: 1 }, { id: 2 }]);
  });

  test("says when the queue is empty, and lets the last track play on", () => {
    add(1);
    run("playNext", {});
    expect(run("playNext", {})).toEqual({ outcome: "empty", index: 3 });
    expect(ask("nowPlaying")).toMatchObject({ track: { id: 1 } });
    expect(log.run("playNext", { room: "elsewhere" })).toEqual({ outcome: "empty", index: 4 });
  });

  test("a played track may be queued again", () => {
    add(1);
    run("playNext", {});
    expect(add(1, { title: "Other" })).toMatchObject({ outcome: "added" });
  });
});

describe("the end of a track", () => {
  test("falls due when its duration has passed since it started", () => {
    add(1);
    expect(log.deadline()).toBeUndefined();
    run("playNext", {});
    expect(log.deadline()).toBe(log.now + 200_000);
    log.pass(199_999);
    expect(ask("nowPlaying")).not.toBeNull();
    log.pass(1);
    expect(ask("nowPlaying")).toBeNull();
    expect(log.deadline()).toBeUndefined();
    expect(ask("history")).toHaveLength(1);
  });

  test("of no duration has come at once", () => {
    add(1);
    add(2, { duration: 0 });
    run("playNext", {});
    expect(run("playNext", {})).toMatchObject({ outcome: "playing", track: { id: 2 } });
    expect(ask("nowPlaying")).toBeNull();
    expect(log.deadline()).toBeUndefined();
  });

  test("is forgotten when the next track is played before it", () => {
    add(1, { duration: 1 });
    add(2, { duration: 10 });
    run("playNext", {});
    run("playNext", {});
    log.pass(1000);
    expect(ask("nowPlaying")).toMatchObject({ track: { id: 2 } });
    expect(log.deadline()).toBe(log.now + 9000);
  });

  test("comes in every room on its own, the earliest first", () => {
    for (const [room, duration] of Object.entries({ a: 3, b: 1, c: 1, d: 2 })) {
      log.run("addTrack", { room, track: named(1, { duration }) });
      log.run("playNext", { room });
    }
    const playing = () => ["a", "b", "c", "d"].filter((room) => log.ask("nowPlaying", { room }) !== null);
    log.pass(1000);
    expect(playing()).toEqual(["a", "d"]);
    expect(log.deadline()).toBe(log.now + 1000);
    log.pass(2000);
    expect(playing()).toEqual([]);
  });
});

describe("sync", () => {
  test("replaces the queue, votes as sent, equals in the list's order", () => {
    add(9);
    const tracks = [named(3), named("1", { votes: 2 }), named(2)];
    const queue = [named("1", { votes: 2 }), named(3, { votes: 0 }), named(2, { votes: 0 })];
    expect(run("sync", { tracks, list: true })).toEqual({ outcome: "synchronized", index: 2, queue });
    expect(ask("list")).toEqual(queue);
    expect(ask("metadata", { id: 9 })).toBeNull();
  });

  test("leaves history and what plays alone", () => {
    add(1);
    run("playNext", {});
    expect(run("sync", { tracks: [] })).toEqual({ outcome: "synchronized", index: 3 });
    expect(ask("history")).toHaveLength(1);
    expect(ask("nowPlaying")).not.toBeNull();
  });

  test("takes identical duplicates once", () => {
    run("sync", { tracks: [named(1), named(2), named("1", { votes: 0 })] });
    expect(ids()).toEqual([1, 2]);
  });

  test.each([{ title: "Other" }, { artist: "Other" }, { duration: 1 }, { votes: 1 }])(
    "changes nothing when two tracks of an id differ in %o",
    (other) => {
      add(7);
      const tracks = [named(1), named("1", other)];
      expect(run("sync", { tracks, list: true })).toEqual({ outcome: "conflict", index: 2, conflict: "1" });
      expect(ids()).toEqual([7]);
    },
  );
});

describe("clear", () => {
  test("empties queue and history, and lets what plays go on", () => {
    add(1);
    add(2);
    run("playNext", {});
    expect(run("clear", {})).toEqual({ outcome: "cleared", index: 4 });
    expect([ask("list"), ask("history")]).toEqual([[], []]);
    expect(ask("nowPlaying")).toMatchObject({ track: { id: 1 } });
  });
});

describe("a room", () => {
  test("reads as empty before its first write", () => {
    expect([ask("list"), ask("history"), ask("nowPlaying"), ask("metadata", { id: 1 })]).toEqual([[], [], null, null]);
  });

  test("knows nothing of another room", () => {
    add(1);
    log.run("addTrack", { room: "other", track: named(1, { title: "Other" }) });
    log.run("clear", { room: "other" });
    expect(ids()).toEqual([1]);
  });
});

describe("what may enter the log", () => {
  test.each(["main", "a", "A-1_b", "x".repeat(64), "__proto__"])("a room named %s", (room) => {
    expect(accepts("clear", { room })).toBe(true);
  });

  test.each(["", "a b", "a/b", "x".repeat(65), "ü", "main\n", 1, null, undefined])("no room named %s", (room) => {
    expect(accepts("clear", { room })).toBe(false);
    expect(accepts("list", { room })).toBe(false);
  });

  test.each([0, -1, Number.MAX_SAFE_INTEGER, "x", "x".repeat(128)])("the id %s", (id) => {
    expect(accepts("addTrack", { room, track: named(id) })).toBe(true);
  });

  test.each(["", "x".repeat(129), 0.5, 2 ** 53, Number.POSITIVE_INFINITY, null, true, [1], {}])(
    "not the id %s",
    (id) => {
      for (const name of ["removeTrack", "metadata"]) expect(accepts(name, { room, id })).toBe(false);
      expect(accepts("addTrack", { room, track: { ...song, id } })).toBe(false);
    },
  );

  test.each([
    { title: "" },
    { title: "x".repeat(501) },
    { title: 1 },
    { artist: "x".repeat(501) },
    { artist: null },
    { duration: -1 },
    { duration: 604_801 },
    { duration: 1.5 },
    { duration: "200" },
    { votes: 2 ** 31 },
    { votes: -(2 ** 31) - 1 },
    { votes: 0.5 },
    { votes: null },
  ])("no track with %o", (wrong) => {
    expect(accepts("addTrack", { room, track: named(1, wrong) })).toBe(false);
    expect(accepts("sync", { room, tracks: [song, named(2, wrong)] })).toBe(false);
  });

  test("a vote says which way", () => {
    expect(accepts("vote", { room, id: 1, up: false })).toBe(true);
    expect(accepts("vote", { room, id: 1 })).toBe(false);
    expect(accepts("vote", { room, id: 1, up: "true" })).toBe(false);
  });
});
