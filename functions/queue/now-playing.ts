import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { InRoom, inRooms } from "./room.ts";
import { Track } from "./track.ts";

const when = z.int().nullable().meta({ description: "Milliseconds since the epoch, by the core's clock." });

export default defineFunction({
  name: "now_playing",
  method: "GET",
  paths: inRooms("/now_playing"),
  summary: "What plays, and since when",
  params: InRoom,
  replies: {
    200: {
      description: "The track that plays; null when none does.",
      schema: z.object({ now_playing: Track.nullable(), started_at: when, ends_at: when }).meta({ id: "NowPlaying" }),
    },
  },
  async handle({ input, core }) {
    const playing = await core.queue.nowPlaying(input.params);
    return reply(200, {
      now_playing: playing?.track ?? null,
      started_at: playing?.started_at ?? null,
      ends_at: playing?.ends_at ?? null,
    });
  },
});
