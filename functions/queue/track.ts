/** Tracks on the wire: JSON as shared/contracts/queue.md has it, and the messages of queue.proto. */
import * as z from "zod";
import type { QueueList, Track as TrackMessage } from "../../proto/generated/queue.ts";

const ID_RULE = "must be a safe integer or 1 to 128 characters of text";

/** The server keeps what was sent: 1 stays a number, "1" a string, and both name the same track. */
export const TrackId = z
  .union([z.int(ID_RULE), z.string().min(1, ID_RULE).max(128, ID_RULE)], {
    error: ({ input }) => (input === undefined ? "is missing" : ID_RULE),
  })
  .meta({
    description: 'A safe integer or a string; comes back as it was sent. 1 and "1" name the same track.',
    example: 1,
  });

const fields = {
  id: TrackId,
  title: z.string().min(1).max(500).meta({ example: "Song Title" }),
  artist: z.string().max(500).meta({ example: "Artist Name" }),
  duration: z.int().min(0).max(604_800).meta({ description: "Seconds.", example: 200 }),
};

export const NewTrack = z
  .object({ ...fields, votes: z.int32().optional().meta({ description: "0 when absent.", example: 0 }) })
  .meta({ id: "NewTrack" });

export const Track = z.object({ ...fields, votes: z.int32().meta({ example: 0 }) }).meta({ id: "Track" });
export type Track = z.infer<typeof Track>;

export const OneTrack = z.object({ id: TrackId }).meta({ id: "OneTrack" });

export function trackMessage({ id, title, artist, duration, votes }: Track): TrackMessage {
  return { id: String(id), title, artist, duration, votes };
}

export function queueList(tracks: readonly Track[]): QueueList {
  return { queue: tracks.map(trackMessage) };
}

/** What the contract answers where there is no track. */
export const NO_TRACK: TrackMessage = { id: "", title: "", artist: "", duration: 0, votes: 0 };
