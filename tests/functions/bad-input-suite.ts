/** What clients send by mistake or on purpose: refused with the field and the reason, and without a trace. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ERROR, type Front, type HttpOptions, http, newRoom } from "./front.ts";

const song = { id: 1, title: "Song Title", artist: "Artist Name", duration: 200, votes: 0 };
const { title: _title, ...untitled } = song;
const post = { method: "POST" };

type Case = [name: string, path: string, options: HttpOptions, status: number, error: RegExp];

const add = (name: string, json: unknown, error: RegExp): Case => [name, "add_track", { json }, 422, error];

const CASES: Case[] = [
  ["a body that is not JSON", "add_track", { text: "{not json" }, 400, /body.*JSON/],
  [
    "a body that says JSON and is not",
    "add_track",
    { text: "x", headers: { "content-type": "application/json" } },
    400,
    /JSON/,
  ],
  ["an empty body", "add_track", { text: "" }, 400, /body.*JSON/],
  ["no body", "add_track", post, 400, /body.*JSON/],
  ["a form", "add_track", { text: "<a/>", headers: { "content-type": "application/xml" } }, 415, /body.*JSON/],
  add("a body that is a list", [song], /body.*object/),
  add("a body that is null", null, /body.*object/),
  add("a body that is a text", "hello", /body.*object/),
  add("a missing field", untitled, /title is missing/),
  add("a missing id", { ...song, id: undefined }, /id is missing/),
  add("a number where a string is wanted", { ...song, title: 5 }, /title must be a string/),
  add("a string where a number is wanted", { ...song, duration: "200" }, /duration must be a/),
  add("null where a string is wanted", { ...song, artist: null }, /artist must be a string, not null/),
  add("a negative duration", { ...song, duration: -1 }, /duration must be at least 0/),
  add("a duration of more than a week", { ...song, duration: 604_801 }, /duration must be at most 604800/),
  add("a duration of half a second", { ...song, duration: 0.5 }, /duration must be an integer/),
  add("votes beyond 32 bits", { ...song, votes: 2 ** 31 }, /votes must be/),
  add("an empty title", { ...song, title: "" }, /title must have at least 1 character/),
  add("a title of 10,000 characters", { ...song, title: "x".repeat(10_000) }, /title must have at most 500 characters/),
  add("an artist of 501 characters", { ...song, artist: "x".repeat(501) }, /artist must have at most 500/),
  add("an id of half", { ...song, id: 0.5 }, /id must be a safe integer/),
  add("an id beyond the safe integers", { ...song, id: 2 ** 53 }, /id must be a safe integer/),
  add("an empty id", { ...song, id: "" }, /id must be/),
  add("an id of 129 characters", { ...song, id: "x".repeat(129) }, /id must be .* 128 characters/),
  add("an id that is an object", { ...song, id: {} }, /id must be/),
  [
    "an id of 1e999",
    "add_track",
    { text: '{"id":1e999,"title":"a","artist":"b","duration":1}' },
    422,
    /id must be a safe integer/,
  ],
  [
    "__proto__ as a key",
    "add_track",
    { text: '{"__proto__":{"id":1},"id":1,"title":"a","artist":"b","duration":1}' },
    422,
    /__proto__/,
  ],
  [
    "__proto__ as an escaped key",
    "sync",
    { text: '[{"\\u005f_proto__":{},"id":1,"title":"a","artist":"b","duration":1}]' },
    422,
    /__proto__/,
  ],
  [
    "a mistyped field deep in a list",
    "sync",
    { json: [song, { ...song, id: 2, duration: true }] },
    422,
    /\[1\]\.duration must be a/,
  ],
  ["a sync with an object", "sync", { json: song }, 422, /body must be a list/],
  ["a removal without an id", "remove_track", { json: {} }, 422, /id is missing/],
  ["a vote that is neither up nor down", "vote?up=maybe", { json: { id: 1 } }, 422, /up must be/],
  ["a vote for an unknown track", "vote", { json: { id: 404 } }, 404, /404 is not in the queue/],
  ["the metadata of an unknown track", "metadata/404", {}, 404, /404 is not in the queue/],
  ["a wrong method", "add_track", {}, 405, /GET is not a method/],
  ["a wrong method on a read", "queue", { method: "DELETE" }, 405, /DELETE is not a method/],
  ["an unknown path", "add_tracks", { json: song }, 404, /no such path/],
];

export function badInputSuite(front: () => Front): void {
  describe("is refused with the field and the reason, and changes nothing:", () => {
    const room = newRoom();
    const state = async () => [
      await front().core.ask("queue", "list", { room }),
      await front().core.ask("queue", "history", { room }),
      await front().core.ask("queue", "list", { room: "main" }),
    ];
    let before: unknown;
    let lines = 0;

    beforeEach(async () => {
      await http(front(), `/rooms/${room}/add_track`, { json: { ...song, id: "kept" } });
      before = await state();
      lines = front().log.length;
    });

    afterEach(async () => {
      expect(await state()).toEqual(before);
      expect(
        front()
          .log.slice(lines)
          .filter(({ level }) => level >= ERROR),
      ).toEqual([]);
    });

    function expectProblem(answer: { status: number; body: unknown }, status: number, error: RegExp): void {
      expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
      expect(answer).toMatchObject({
        body: { error: expect.stringMatching(/^[^\n]{5,120}$/), detail: expect.anything() },
      });
      if (status !== 422) return;
      const detail = [{ path: expect.any(String), message: expect.any(String) }];
      expect(answer).toMatchObject({ body: { detail: expect.arrayContaining(detail) } });
    }

    test.each(CASES)("%s", async (_, path, options, status, error) => {
      expectProblem(await http(front(), `/rooms/${room}/${path}`, options), status, error);
    });

    test.each([
      ["a slash", "a%2Fb"],
      ["a space", "a%20b"],
      ["a dot", "a.b"],
      ["65 characters", "x".repeat(65)],
      ["another script", encodeURIComponent("музыка")],
    ])("a room's name with %s", async (_, name) => {
      const rule = /room must be 1 to 64 letters, digits, - and _/;
      expectProblem(await http(front(), `/rooms/${name}/add_track`, { json: song }), 422, rule);
      expectProblem(await http(front(), `/rooms/${name}/queue`), 422, rule);
    });

    test("a room's name with a bare slash is no path", async () => {
      expectProblem(await http(front(), "/rooms/a/b/queue"), 404, /no such path/);
    });

    test("a body of 2 MiB, whether its length is told or not", async () => {
      const text = JSON.stringify({ ...song, title: "x".repeat(2 * 1024 * 1024) });
      expectProblem(await http(front(), `/rooms/${room}/add_track`, { text }), 413, /larger than 1 MiB/);
      const chunks = new Blob([text]).stream();
      const response = await fetch(`${front().url}/rooms/${room}/add_track`, {
        method: "POST",
        body: chunks,
        duplex: "half",
      });
      expectProblem({ status: response.status, body: await response.json() }, 413, /larger than 1 MiB/);
    });

    test("a wrong method is told the right ones", async () => {
      const answer = await http(front(), `/rooms/${room}/add_track`, { method: "PUT" });
      expect(answer.headers.get("allow")).toContain("POST");
      expect(answer.headers.get("allow")).not.toContain("GET");
    });

    test("every wrong field is named, up to twenty", async () => {
      const answer = await http(front(), `/rooms/${room}/add_track`, { json: { duration: -1 } });
      expect(answer.body).toMatchObject({ detail: ["id", "title", "artist", "duration"].map((path) => ({ path })) });
      const many = await http(front(), `/rooms/${room}/sync`, { json: Array.from({ length: 100 }, () => ({})) });
      expect(Object(many.body).detail).toHaveLength(20);
    });
  });

  test("what only looks odd is taken: __proto__ as an id, a room and in a title, unknown fields", async () => {
    const track = { ...song, id: "__proto__", title: "the __proto__ song" };
    const added = await http(front(), "/rooms/__proto__/add_track", { json: { ...track, album: "unknown" } });
    expect(added).toMatchObject({ status: 200, body: { queue: [track] } });
    expect(await http(front(), "/rooms/__proto__/metadata/__proto__")).toMatchObject({ status: 200, body: track });
    await http(front(), "/rooms/__proto__/clear", { method: "POST" });
  });
}
