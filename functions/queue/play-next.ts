import * as z from "zod";
import type { QueueServiceService } from "../../proto/generated/queue.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { rpc } from "../rpc.ts";
import { InRoom, inRooms } from "./room.ts";
import { NO_TRACK, Track, trackMessage } from "./track.ts";

const Played = z
  .object({
    message: z.string(),
    now_playing: Track.optional().meta({ description: "Absent under `Prefer: return=minimal`." }),
    started_at: z.int().optional().meta({ description: "Milliseconds since the epoch, by the core's clock." }),
  })
  .meta({ id: "Played" });

export default defineFunction({
  name: "play_next",
  method: "POST",
  paths: inRooms("/play_next"),
  summary: "Play the first track of the queue",
  description: "It moves from the queue to the history.",
  params: InRoom,
  replies: { 200: { description: "It plays.", schema: Played } },
  refusals: { Empty: "The queue is empty." },
  rpcs: [
    rpc<QueueServiceService["playNext"]>("/queue.QueueService/PlayNext")({
      input: () => ({}),
      reply: ({ now_playing }: z.infer<typeof Played>) =>
        now_playing === undefined ? NO_TRACK : trackMessage(now_playing),
      instead: { Empty: NO_TRACK },
    }),
  ],
  async handle({ input, core, minimal }) {
    const result = await core.queue.playNext(input.params);
    if (result.outcome === "empty") return refuse("Empty", "the queue is empty", "there is nothing to play");
    const message = "Playing";
    if (minimal) return reply(200, { message });
    return reply(200, { message, now_playing: result.track, started_at: result.started_at });
  },
});
