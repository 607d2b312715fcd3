/** Every row of the queue's REST table, and what surrounds it. */
import { afterEach, describe, expect, test } from "vitest";
import { ERROR, type Front, http, newRoom, PATIENCE } from "./front.ts";

const song = { id: 1, title: "Song Title", artist: "Artist Name", duration: 200 };
const other = { id: "x-2", title: "Other Title", artist: "", duration: 0 };
const queued = (track: object, votes = 0) => ({ ...track, votes });

export function restSuite(front: () => Front): void {
  const call = (path: string, options?: Parameters<typeof http>[2]) => http(front(), path, options);

  /** The documented shape of a function's answer. */
  function expectDocumented(name: string, status: number, body: unknown): void {
    const definition = front().runtime.functions.find((served) => served.definition.name === name)?.definition;
    const schema = definition?.replies[status]?.schema;
    if (schema === undefined) throw new Error(`${name} documents no ${status}`);
    expect(schema.safeParse(body).error).toBeUndefined();
  }

  afterEach(() => {
    front().core.failure = undefined;
  });

  describe("the queue", () => {
    test("a track that is added stands in the queue, and its id comes back as it was sent", async () => {
      const room = newRoom();
      const first = await call(`/rooms/${room}/add_track`, { json: song });
      expect(first).toMatchObject({ status: 200, body: { message: "Track added", queue: [queued(song)] } });
      expectDocumented("add_track", 200, first.body);
      const second = await call(`/rooms/${room}/add_track`, { json: { ...other, votes: 3 } });
      expect(second.body).toEqual({ message: "Track added", queue: [queued(other, 3), queued(song)] });
      const read = await call(`/rooms/${room}/queue`);
      expect(read).toMatchObject({ status: 200, body: [queued(other, 3), queued(song)] });
      expectDocumented("queue", 200, read.body);
    });

    test("an equal track added again leaves the queue as it is; another under its id is a conflict", async () => {
      const room = newRoom();
      await call(`/rooms/${room}/add_track`, { json: song });
      await call(`/rooms/${room}/vote`, { json: { id: 1 } });
      const again = await call(`/rooms/${room}/add_track`, { json: { ...song, id: "1" } });
      expect(again).toMatchObject({ status: 200, body: { queue: [queued(song, 1)] } });
      const another = await call(`/rooms/${room}/add_track`, { json: { ...song, title: "Something Else" } });
      expect(another).toMatchObject({
        status: 409,
        body: { error: expect.stringContaining("id 1"), detail: expect.anything() },
      });
      expect((await call(`/rooms/${room}/queue`)).body).toEqual([queued(song, 1)]);
    });

    test("removing takes a track out; removing what is not there changes nothing", async () => {
      const room = newRoom();
      await call(`/rooms/${room}/add_track`, { json: song });
      const absent = await call(`/rooms/${room}/remove_track`, { json: { id: 99 } });
      expect(absent).toMatchObject({ status: 200, body: { message: "Track removed", queue: [queued(song)] } });
      const gone = await call(`/rooms/${room}/remove_track`, { json: { id: "1" } });
      expect(gone).toMatchObject({ status: 200, body: { message: "Track removed", queue: [] } });
      expectDocumented("remove_track", 200, gone.body);
    });

    test.each([
      ["", 1],
      ["?up=true", 1],
      ["?up=TRUE", 1],
      ["?up=1", 1],
      ["?up=Yes", 1],
      ["?up=false", -1],
      ["?up=False", -1],
      ["?up=0", -1],
      ["?up=NO", -1],
    ])("a vote with the query %j counts %i", async (query, votes) => {
      const room = newRoom();
      await call(`/rooms/${room}/add_track`, { json: song });
      const voted = await call(`/rooms/${room}/vote${query}`, { json: { id: 1 } });
      expect(voted).toMatchObject({ status: 200, body: { queue: [queued(song, votes)] } });
      expectDocumented("vote", 200, voted.body);
    });

    test("a vote for a track that is not queued is 404", async () => {
      const voted = await call(`/rooms/${newRoom()}/vote`, { json: { id: "nobody" } });
      expect(voted).toMatchObject({ status: 404, body: { error: "id nobody is not in the queue" } });
    });

    test("metadata finds a track by its percent-encoded id, or says 404", async () => {
      const room = newRoom();
      const track = { ...song, id: "a/b c%" };
      await call(`/rooms/${room}/add_track`, { json: track });
      const found = await call(`/rooms/${room}/metadata/${encodeURIComponent(track.id)}`);
      expect(found).toMatchObject({ status: 200, body: queued(track) });
      expectDocumented("metadata", 200, found.body);
      const absent = await call(`/rooms/${room}/metadata/1`);
      expect(absent).toMatchObject({ status: 404, body: { error: "id 1 is not in the queue" } });
    });

    test("play_next moves the first track into the history; an empty queue is 400", async () => {
      const room = newRoom();
      await call(`/rooms/${room}/add_track`, { json: song });
      await call(`/rooms/${room}/add_track`, { json: { ...other, votes: 1 } });
      const nothing = await call(`/rooms/${room}/now_playing`);
      expect(nothing.body).toEqual({ now_playing: null, started_at: null, ends_at: null });
      const first = await call(`/rooms/${room}/play_next`, { method: "POST" });
      expect(first).toMatchObject({ status: 200, body: { now_playing: queued(other, 1) } });
      expectDocumented("play_next", 200, first.body);
      await call(`/rooms/${room}/play_next`, { method: "POST" });
      const empty = await call(`/rooms/${room}/play_next`, { method: "POST" });
      expect(empty).toMatchObject({ status: 400, body: { error: "the queue is empty", detail: expect.anything() } });
      const history = await call(`/rooms/${room}/history`);
      expect(history).toMatchObject({ status: 200, body: [queued(other, 1), queued(song)] });
      expectDocumented("history", 200, history.body);
      const playing = await call(`/rooms/${room}/now_playing`);
      expect(playing.body).toMatchObject({ now_playing: queued(song), started_at: expect.any(Number) });
      expectDocumented("now_playing", 200, playing.body);
    });

    test("sync replaces the queue; two tracks under one id are a conflict", async () => {
      const room = newRoom();
      await call(`/rooms/${room}/add_track`, { json: { ...song, id: 7 } });
      const synced = await call(`/rooms/${room}/sync`, { json: [song, { ...other, votes: 2 }] });
      const queue = [queued(other, 2), queued(song)];
      expect(synced).toMatchObject({ status: 200, body: { message: "Queue synchronized", queue } });
      expectDocumented("sync", 200, synced.body);
      const clash = await call(`/rooms/${room}/sync`, { json: [song, { ...song, title: "Another" }] });
      expect(clash).toMatchObject({ status: 409, body: { error: expect.stringContaining("id 1") } });
      expect((await call(`/rooms/${room}/queue`)).body).toEqual(queue);
    });

    test("clear empties queue and history", async () => {
      const room = newRoom();
      await call(`/rooms/${room}/add_track`, { json: song });
      await call(`/rooms/${room}/play_next`, { method: "POST" });
      await call(`/rooms/${room}/add_track`, { json: song });
      const cleared = await call(`/rooms/${room}/clear`, { method: "POST" });
      expect(cleared).toMatchObject({ status: 200, body: { message: "Queue and history cleared" } });
      expectDocumented("clear", 200, cleared.body);
      expect((await call(`/rooms/${room}/queue`)).body).toEqual([]);
      expect((await call(`/rooms/${room}/history`)).body).toEqual([]);
    });

    test("the bare paths are the room main, and rooms do not see each other", async () => {
      await call("/clear", { method: "POST" });
      await call("/add_track", { json: song });
      expect((await call("/rooms/main/queue")).body).toEqual([queued(song)]);
      expect((await call(`/rooms/${newRoom()}/queue`)).body).toEqual([]);
      await call("/rooms/main/clear", { method: "POST" });
      expect((await call("/queue")).body).toEqual([]);
    });

    test("JSON is taken with another content type, or with none", async () => {
      const room = newRoom();
      for (const [i, type] of [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/vnd.x+json",
        "",
      ].entries()) {
        const text = JSON.stringify({ ...song, id: i });
        const added = await call(`/rooms/${room}/add_track`, { text, headers: { "content-type": type } });
        expect(added.status).toBe(200);
      }
    });

    test("a HEAD answers like the GET, without the body", async () => {
      const head = await call("/queue", { method: "HEAD" });
      expect(head).toMatchObject({ status: 200, body: "" });
    });
  });

  describe("Prefer: return=minimal", () => {
    test.each([
      ["add_track", "", song],
      ["remove_track", "", { id: 1 }],
      ["vote", "?up=false", { id: 1 }],
      ["sync", "", [song]],
      ["play_next", "", undefined],
    ])("%s answers with the message alone", async (path, query, json) => {
      const room = newRoom();
      await call(`/rooms/${room}/add_track`, { json: song });
      const answer = await call(`/rooms/${room}/${path}${query}`, {
        method: "POST",
        json,
        headers: { prefer: "respond-async, return=minimal" },
      });
      expect(answer).toMatchObject({ status: 200, body: { message: expect.any(String) } });
      expect(Object.keys(Object(answer.body))).toEqual(["message"]);
      expect(answer.headers.get("preference-applied")).toBe("return=minimal");
    });
  });

  describe("the journal", () => {
    test("a text that is appended is read back, with its place in the log and the leader", async () => {
      const appended = await call("/journal", { json: { text: "hello", source: "test" } });
      expect(appended).toMatchObject({ status: 200, body: { message: "Committed", leader: 3 } });
      expectDocumented("journal_append", 200, appended.body);
      await call("/journal", { json: { text: "again" } });
      const read = await call("/journal?limit=2");
      expect(read).toMatchObject({
        status: 200,
        body: {
          records: [
            { text: "hello", source: "test" },
            { text: "again", source: "" },
          ],
        },
      });
      expectDocumented("journal_read", 200, read.body);
      expect(await call("/journal?limit=0")).toMatchObject({
        status: 422,
        body: { error: expect.stringContaining("limit") },
      });
    });
  });

  describe("an Idempotency-Key", () => {
    const key = () => `key ${newRoom()}`;

    test("gives the first answer again, whatever happened since", async () => {
      const room = newRoom();
      const headers = { "idempotency-key": key() };
      const first = await call(`/rooms/${room}/add_track`, { json: song, headers });
      await call(`/rooms/${room}/add_track`, { json: other });
      const again = await call(`/rooms/${room}/add_track`, { json: song, headers });
      expect(again).toMatchObject({ status: 200, body: first.body });
      const voteHeaders = { "idempotency-key": key() };
      const vote = await call(`/rooms/${room}/vote`, { json: { id: 1 }, headers: voteHeaders });
      expect(await call(`/rooms/${room}/vote`, { json: { id: 1 }, headers: voteHeaders })).toMatchObject({
        body: vote.body,
      });
      expect((await call(`/rooms/${room}/queue`)).body).toEqual([queued(song, 1), queued(other)]);
      const playHeaders = { "idempotency-key": key() };
      const played = await call(`/rooms/${room}/play_next`, { method: "POST", headers: playHeaders });
      const replayed = await call(`/rooms/${room}/play_next`, { method: "POST", headers: playHeaders });
      expect(replayed).toMatchObject({ status: 200, body: played.body });
      expect((await call(`/rooms/${room}/history`)).body).toEqual([queued(song, 1)]);
    });

    test("gives a refusal again too", async () => {
      const room = newRoom();
      const headers = { "idempotency-key": key() };
      expect(await call(`/rooms/${room}/vote`, { json: { id: 1 }, headers })).toMatchObject({ status: 404 });
      await call(`/rooms/${room}/add_track`, { json: song });
      expect(await call(`/rooms/${room}/vote`, { json: { id: 1 }, headers })).toMatchObject({ status: 404 });
    });

    test("with another request is 422, and nothing is done", async () => {
      const room = newRoom();
      const headers = { "idempotency-key": key() };
      await call(`/rooms/${room}/add_track`, { json: song, headers });
      const error = expect.stringContaining("Idempotency-Key");
      for (const [path, json] of [
        [`/rooms/${room}/add_track`, other],
        [`/rooms/${newRoom()}/add_track`, song],
        [`/rooms/${room}/remove_track`, { id: 1 }],
      ] as const) {
        expect(await call(path, { json, headers })).toMatchObject({ status: 422, body: { error } });
      }
      expect((await call(`/rooms/${room}/queue`)).body).toEqual([queued(song)]);
    });

    test.each([
      ["of 256 characters", "k".repeat(256)],
      ["that is empty", ""],
      ["outside ASCII", "schl\u00fcssel"],
    ])("%s is 400, and nothing is done", async (_, bad) => {
      const room = newRoom();
      const answer = await call(`/rooms/${room}/add_track`, { json: song, headers: { "idempotency-key": bad } });
      expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining("Idempotency-Key") } });
      expect((await call(`/rooms/${room}/queue`)).body).toEqual([]);
    });

    test("of 255 characters is taken, and a read does not mind one", async () => {
      const headers = { "idempotency-key": "k".repeat(255) };
      expect(await call(`/rooms/${newRoom()}/add_track`, { json: song, headers })).toMatchObject({ status: 200 });
      expect(await call("/queue", { headers: { "idempotency-key": "k".repeat(999) } })).toMatchObject({ status: 200 });
    });
  });

  describe("a traceparent", () => {
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const traceparent = `00-${trace}-00f067aa0ba902b7-01`;

    test("goes down to the core, into the log, and back", async () => {
      const { core, log } = front();
      const answer = await call(`/rooms/${newRoom()}/add_track`, { json: song, headers: { traceparent } });
      expect(answer.headers.get("traceparent")).toContain(trace);
      expect(core.calls.slice(-2).map((made) => made.traceparent)).toEqual([traceparent, traceparent]);
      expect(log.findLast((line) => line.status === 200)).toMatchObject({ trace, function: "add_track" });
    });

    test.each([
      "nonsense",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      `00-${trace}-0000000000000000-01`,
      `ff-${trace}-00f067aa0ba902b7-01`,
      `00-${trace}-00f067aa0ba902b7-01-more`,
    ])("that is malformed (%s) is ignored", async (malformed) => {
      const answer = await call(`/rooms/${newRoom()}/add_track`, { json: song, headers: { traceparent: malformed } });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("traceparent")).toBeNull();
      expect(front().core.calls.at(-1)).not.toHaveProperty("traceparent");
    });
  });

  describe("when the core gives no result", () => {
    const write = () => call(`/rooms/${newRoom()}/add_track`, { json: song });
    const problem = { error: expect.stringMatching(/^[^\n]{5,100}$/), detail: expect.anything() };

    test.each(["NoLeader", "Overloaded"] as const)("%s is 503 with Retry-After: nothing was done", async (kind) => {
      front().core.failure = { kind, message: "" };
      for (const answer of [await write(), await call("/queue")]) {
        expect(answer).toMatchObject({ status: 503, body: problem });
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      }
    });

    test("an unknown outcome is 504 while there is a leader, else 503 with Retry-After, and says how to retry", async () => {
      const body = { error: problem.error, detail: expect.stringMatching(/unknown.*Idempotency-Key/) };
      front().core.failure = { kind: "Unknown", led: true, message: "" };
      expect(await write()).toMatchObject({ status: 504, body });
      front().core.failure = { kind: "Unknown", led: false, message: "" };
      const answer = await write();
      expect(answer).toMatchObject({ status: 503, body });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    });

    test("a read that was not answered in time is 504", async () => {
      front().core.failure = { kind: "Timeout", message: "" };
      expect(await call("/queue")).toMatchObject({ status: 504, body: problem });
    });

    test("a defect is 500, tells the client nothing, and is in the log", async () => {
      const { core, log } = front();
      core.failure = { kind: "Defect", message: "secret of the machine" };
      const before = log.length;
      const answer = await write();
      expect(answer).toMatchObject({ status: 500, body: problem });
      expect(JSON.stringify(answer.body)).not.toContain("secret");
      await expect.poll(() => log.slice(before).filter((line) => line.level === ERROR).length, PATIENCE).toBe(1);
      expect(JSON.stringify(log.slice(before))).toContain("secret of the machine");
    });

    test("it had three seconds", async () => {
      await write();
      for (const { timeout } of front().core.calls.slice(-2)) {
        expect(timeout).toBeGreaterThan(2000);
        expect(timeout).toBeLessThanOrEqual(3000);
      }
    });
  });
}
