/** Every gRPC method of the queue and the journal, through generated stubs. */
import { type Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ERROR, type Front, http, PATIENCE, rpc } from "./front.ts";

const song = { id: "105", title: "Song Title", artist: "Artist Name", duration: 200, votes: 0 };
const other = { id: "x", title: "Other Title", artist: "", duration: 0, votes: 5 };
const NO_TRACK = { id: "", title: "", artist: "", duration: 0, votes: 0 };

export function grpcSuite(front: () => Front): void {
  const queue = () => front().queue;
  const add = (track: typeof song, options?: Parameters<typeof rpc>[3]) =>
    rpc(queue(), queue().addTrack, track, options);

  beforeEach(async () => {
    await http(front(), "/clear", { method: "POST" });
  });
  afterEach(() => {
    front().core.failure = undefined;
  });

  describe("queue.QueueService", () => {
    test("a track that is added stands in the queue, for REST too", async () => {
      expect(await add(song)).toEqual({ ok: true, message: { message: "Queued by Leader", queue: [song] } });
      expect((await http(front(), "/queue")).body).toEqual([song]);
    });

    test("an equal track added again is OK and changes nothing; another under its id already exists", async () => {
      await add(song);
      for (let i = 0; i < 3; i++) {
        expect(await add(song)).toEqual({ ok: true, message: { message: "Queued by Leader", queue: [song] } });
      }
      expect(await add({ ...song, title: "Another" })).toMatchObject({ ok: false, code: status.ALREADY_EXISTS });
    });

    test("votes count up and down and order the queue; a vote for nothing is not found", async () => {
      await add(song);
      await add({ ...other, votes: 0 });
      const vote = (id: string, up: boolean) => rpc(queue(), queue().voteTrack, { id, up });
      expect(await vote("x", true)).toMatchObject({ message: { queue: [{ id: "x", votes: 1 }, { id: "105" }] } });
      expect(await vote("105", false)).toMatchObject({ message: { queue: [{ id: "x" }, { id: "105", votes: -1 }] } });
      expect(await vote("nobody", true)).toMatchObject({ ok: false, code: status.NOT_FOUND });
    });

    test("GetQueue, GetMetadata, PlayNext, GetHistory and RemoveTrack do as their REST rows", async () => {
      await add(song);
      await add(other);
      expect(await rpc(queue(), queue().getQueue, {})).toEqual({ ok: true, message: { queue: [other, song] } });
      expect(await rpc(queue(), queue().getMetadata, { id: "105" })).toEqual({ ok: true, message: song });
      expect(await rpc(queue(), queue().playNext, {})).toEqual({ ok: true, message: other });
      expect(await rpc(queue(), queue().getHistory, {})).toEqual({ ok: true, message: { queue: [other] } });
      expect(await rpc(queue(), queue().removeTrack, { id: "105" })).toMatchObject({
        ok: true,
        message: { queue: [] },
      });
    });

    test("an empty track stands for one that is not there", async () => {
      expect(await rpc(queue(), queue().getMetadata, { id: "nobody" })).toEqual({ ok: true, message: NO_TRACK });
      expect(await rpc(queue(), queue().playNext, {})).toEqual({ ok: true, message: NO_TRACK });
    });

    test("what is not valid is INVALID_ARGUMENT, names the field, and is not logged as a crash", async () => {
      const lines = front().log.length;
      for (const [track, details] of [
        [{ ...song, id: "" }, /^id must be/],
        [{ ...song, title: "" }, /^title must have at least 1 character/],
        [{ ...song, duration: -1 }, /^duration must be at least 0/],
      ] as const) {
        const answer = await add(track);
        expect(answer).toEqual({ ok: false, code: status.INVALID_ARGUMENT, details: expect.stringMatching(details) });
      }
      expect(await add({ ...song, artist: "x".repeat(2 * 1024 * 1024) })).toMatchObject({
        code: status.RESOURCE_EXHAUSTED,
      });
      expect(
        front()
          .log.slice(lines)
          .filter(({ level }) => level >= ERROR),
      ).toEqual([]);
      expect(await front().core.ask("queue", "list", { room: "main" })).toEqual([]);
    });

    test("without a leader AddTrack says so in its message; what was not committed in time is UNAVAILABLE", async () => {
      front().core.failure = { kind: "NoLeader", message: "" };
      expect(await add(song)).toEqual({ ok: true, message: { message: "No Leader Elected Yet", queue: [] } });
      expect(await rpc(queue(), queue().getQueue, {})).toMatchObject({ code: status.UNAVAILABLE });
      front().core.failure = { kind: "Unknown", led: true, message: "" };
      expect(await add(song)).toMatchObject({ code: status.UNAVAILABLE });
      front().core.failure = { kind: "Timeout", message: "" };
      expect(await rpc(queue(), queue().getQueue, {})).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    });

    test("the core gets less time than the caller gives, and never more than three seconds", async () => {
      await add(song, { deadline: 1000 });
      expect(front().core.calls.at(-1)?.timeout).toBeLessThan(1000);
      await add(song, { deadline: 60_000 });
      expect(front().core.calls.at(-1)?.timeout).toBeLessThanOrEqual(3000);
      expect(front().core.calls.at(-1)?.timeout).toBeGreaterThan(2000);
    });

    test("an idempotency-key gives the first answer again, and belongs to one request", async () => {
      const metadata = { "idempotency-key": "one" };
      const first = await add(song, { metadata });
      await add(other);
      expect(await add(song, { metadata })).toEqual(first);
      expect(await add(other, { metadata })).toMatchObject({ code: status.INVALID_ARGUMENT });
    });

    test("a traceparent goes down to the core, into the log, and back", async () => {
      const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
      const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
      const back: Metadata[] = [];
      await add(song, { metadata: { traceparent }, onMetadata: (metadata) => back.push(metadata) });
      expect(back[0]?.get("traceparent")).toEqual([traceparent]);
      expect(front().core.calls.at(-1)).toMatchObject({ traceparent });
      await expect.poll(() => front().log.at(-1), PATIENCE).toMatchObject({ trace, function: "add_track", status: 0 });
    });
  });

  describe("package raft", () => {
    const append = (command: string) => rpc(front().raftClient, front().raftClient.clientRequest, { command });
    const submit = (operation: string) =>
      rpc(front().raftService, front().raftService.submitOperation, { operation, sourceId: "test" });

    test("any text goes through the journal's log, and the leader is named", async () => {
      const appended = await append("any text");
      expect(appended).toMatchObject({ ok: true, message: { success: true, leaderId: "3", message: "Committed" } });
      expect(await submit("")).toEqual({ ok: true, message: { success: true, result: "Committed", leaderId: "3" } });
      const read = await http(front(), "/journal?limit=2");
      expect(read.body).toMatchObject({ records: [{ text: "any text" }, { text: "", source: "test" }] });
    });

    test("no leader and no majority are told in the message", async () => {
      front().core.failure = { kind: "NoLeader", message: "" };
      expect(await append("x")).toMatchObject({ message: { success: false, message: "No leader available" } });
      expect(await submit("x")).toMatchObject({ message: { success: false, result: "No leader available" } });
      front().core.failure = { kind: "Unknown", led: false, message: "" };
      expect(await append("x")).toMatchObject({ message: { success: false, message: "Failed to reach majority" } });
      expect(await submit("x")).toMatchObject({ message: { success: false, result: "Failed to reach majority" } });
    });
  });
}
