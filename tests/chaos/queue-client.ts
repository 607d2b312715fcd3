/**
 * One client of a room: draws what to do next, does it, and records it. Every track is another one. A part of the changes goes
 * under an Idempotency-Key, whose answer is the queue right after the change; such a change is sent again, under its key, until
 * its outcome is known: one operation, however often it was sent.
 */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Random } from "../consensus/raft/harness/random.ts";
import type { Outcome, RecordingClient } from "../linearizability/history-recorder.ts";
import type { QueueInput, QueueOutcome, QueueOutput } from "../linearizability/models/queue.ts";
import type { HttpClient, HttpRequest } from "./http-client.ts";
import { outcomeOf } from "./outcome-of.ts";

/** Sent again, under its key, so often at most. */
const ATTEMPTS = 4;
/** Of the changes, under a key. */
const KEYED = 0.3;

const Track = z.object({
  id: z.union([z.string(), z.number()]),
  title: z.string(),
  artist: z.string(),
  duration: z.number(),
  votes: z.number(),
});
const Tracks = z.array(Track);
const Changed = z.object({ queue: Tracks.optional() });
const Played = z.object({ now_playing: Track });

let made = 0;

/** What several clients of a room know of it. */
export class Room {
  readonly name: string;
  /** Some rooms are emptied and replaced as well: there less can be said about what must be left. */
  readonly rough: boolean;
  /** Ids that were sent, the newest last. */
  readonly ids: string[] = [];

  constructor(name: string, rough: boolean) {
    this.name = name;
    this.rough = rough;
  }
}

export function drawInput(room: Room, random: Random): QueueInput {
  const newTrack = () => {
    const number = ++made;
    room.ids.push(`t${number}`);
    return { id: `t${number}`, title: `title ${number}`, artist: "", duration: 0, votes: random.integer(0, 3) };
  };
  const known = () => (room.ids.length === 0 ? "none" : random.pick(room.ids.slice(-12)));
  const draw = random.next();
  if (draw < 0.34) return { name: "addTrack", track: newTrack() };
  if (draw < 0.52) return { name: "vote", id: known(), up: random.chance(0.6) };
  if (draw < 0.58) return { name: "removeTrack", id: known() };
  if (draw < 0.7) return { name: "playNext" };
  if (draw < 0.72 && room.rough) {
    if (random.chance(0.5)) return { name: "clear" };
    return { name: "sync", tracks: Array.from({ length: random.integer(0, 4) }, newTrack) };
  }
  return { name: draw < 0.94 ? "list" : "history" };
}

export async function carryOut(
  input: QueueInput,
  room: Room,
  client: HttpClient,
  recording: RecordingClient<QueueInput, QueueOutput>,
  random: Random,
): Promise<Outcome<QueueOutput>> {
  const changes = input.name !== "list" && input.name !== "history";
  const key = changes && input.name !== "playNext" && random.chance(KEYED) ? randomUUID() : undefined;
  const asked: HttpRequest = {
    ...requestOf(input, room.name),
    headers: headersOf(changes && input.name !== "playNext", key),
  };
  return recording.record(room.name, input, async () => {
    let sent = false;
    for (let attempt = 1; ; attempt++) {
      const outcome = outcomeOf(await client.send(asked), (status, body) =>
        read(input, key !== undefined, status, body),
      );
      // Refused now, but an earlier attempt may have done it, or may yet.
      if (outcome.outcome === "fail") return sent ? { outcome: "unknown" } : outcome;
      if (outcome.outcome === "ok" || key === undefined || attempt === ATTEMPTS) return outcome;
      sent = true;
    }
  });
}

/** The last look at a room. */
export function readAll(
  room: string,
  name: "list" | "history",
  client: HttpClient,
  recording: RecordingClient<QueueInput, QueueOutput>,
): Promise<Outcome<QueueOutput>> {
  const input: QueueInput = { name };
  return recording.record(room, input, async () =>
    outcomeOf(await client.send(requestOf(input, room)), (status, body) => read(input, false, status, body)),
  );
}

/** @param brief without a key the queue in the answer is read after the change: it says nothing that a read does not. */
function headersOf(brief: boolean, key: string | undefined): Record<string, string> {
  if (!brief) return {};
  return key === undefined ? { prefer: "return=minimal" } : { "idempotency-key": key };
}

function requestOf(input: QueueInput, room: string): HttpRequest {
  const at = `/rooms/${room}`;
  switch (input.name) {
    case "addTrack":
      return { method: "POST", path: `${at}/add_track`, json: input.track };
    case "removeTrack":
      return { method: "POST", path: `${at}/remove_track`, json: { id: input.id } };
    case "vote":
      return { method: "POST", path: `${at}/vote?up=${input.up}`, json: { id: input.id } };
    case "sync":
      return { method: "POST", path: `${at}/sync`, json: input.tracks };
    case "playNext":
      return { method: "POST", path: `${at}/play_next` };
    case "clear":
      return { method: "POST", path: `${at}/clear` };
    case "list":
      return { method: "GET", path: `${at}/queue` };
    case "history":
      return { method: "GET", path: `${at}/history` };
    default:
      throw new Error(`no client asks for ${input.name}`);
  }
}

/** Which results a 2xx leaves open. */
const RESULTS: Readonly<Partial<Record<QueueInput["name"], readonly QueueOutcome[]>>> = {
  addTrack: ["added", "unchanged"],
  removeTrack: ["removed", "absent"],
  vote: ["voted"],
  sync: ["synchronized"],
  clear: ["cleared"],
};

function read(input: QueueInput, keyed: boolean, status: number, body: unknown): QueueOutput | undefined {
  if (input.name === "playNext" && status === 400) return { outcome: "empty" };
  if (input.name === "vote" && status === 404) return { outcome: "absent" };
  if (status === 409 && (input.name === "addTrack" || input.name === "sync")) return { outcome: "conflict" };
  if (status !== 200) return undefined;
  if (input.name === "list" || input.name === "history") return { tracks: Tracks.parse(body) };
  if (input.name === "playNext") {
    const played = Played.safeParse(body);
    return played.success ? { outcome: "playing", track: played.data.now_playing } : { outcome: "playing" };
  }
  const outcome = RESULTS[input.name];
  const { queue } = Changed.parse(body);
  return { outcome, ...(keyed && queue !== undefined && { tracks: queue }) };
}
