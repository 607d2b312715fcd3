/** A track, and which two are the same. */
import * as z from "zod";

export const TrackId = z.union([z.int(), z.string().min(1).max(128)]);
export type TrackId = z.infer<typeof TrackId>;

/** A track as clients know it: shared/contracts/queue.md. */
export interface Track {
  /** As it was sent; 1 and "1" name the same track. */
  readonly id: TrackId;
  readonly title: string;
  readonly artist: string;
  /** Seconds. */
  readonly duration: number;
  /** int32, as in the contract's messages. */
  readonly votes: number;
}

/** A track to be queued. */
export const NewTrack = z.object({
  id: TrackId,
  title: z.string().min(1).max(500),
  artist: z.string().max(500),
  duration: z.int().min(0).max(604_800),
  votes: z.int32().optional(),
});
export type NewTrack = z.infer<typeof NewTrack>;

/** A track that stands in a queue, or stood there. Never changed, only replaced: captures and history may share it. */
export interface QueuedTrack extends Track {
  /** Its place among tracks with as many votes. Unique within a room; kept when votes change. */
  readonly arrival: number;
}

/** What names a track. A number's text has one form only, so "1e3" is not 1000, and -0 is 0. */
export function trackKey(id: TrackId): string {
  return typeof id === "string" ? id : String(id);
}

/** Takes over the fields it knows, and no more: what a client added beside them is not kept. -0 becomes 0, as in JSON. */
export function queuedTrack(track: NewTrack, arrival: number): QueuedTrack {
  const { id, title, artist, duration, votes = 0 } = track;
  return { id: typeof id === "number" ? id + 0 : id, title, artist, duration: duration + 0, votes: votes + 0, arrival };
}

/** The track as it goes out: a copy, so that nobody outside holds a part of the state. */
export function outgoingTrack({ id, title, artist, duration, votes }: Track): Track {
  return { id, title, artist, duration, votes };
}

/** Whether adding `offered` is a retry of what brought `queued`, whatever votes came in between. */
export function sameRecording(queued: NewTrack, offered: NewTrack): boolean {
  return queued.title === offered.title && queued.artist === offered.artist && queued.duration === offered.duration;
}
