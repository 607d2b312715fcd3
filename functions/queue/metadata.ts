import * as z from "zod";
import type { QueueServiceService } from "../../proto/generated/queue.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { rpc } from "../rpc.ts";
import { InRoom, inRooms } from "./room.ts";
import { NO_TRACK, Track, trackMessage } from "./track.ts";

export default defineFunction({
  name: "metadata",
  method: "GET",
  paths: inRooms("/metadata/:id"),
  summary: "One track of the queue",
  params: InRoom.extend({
    id: z.string().min(1).max(128).meta({ description: "The id, percent-encoded.", example: "1" }),
  }),
  replies: { 200: { description: "The track.", schema: Track } },
  refusals: { NotFound: "The id is not queued." },
  rpcs: [
    rpc<QueueServiceService["getMetadata"]>("/queue.QueueService/GetMetadata")({
      input: ({ id }) => ({ params: { id } }),
      reply: trackMessage,
      instead: { NotFound: NO_TRACK },
    }),
  ],
  async handle({ input, core }) {
    const track = await core.queue.metadata(input.params);
    const { id, room } = input.params;
    return track === null ? refuse("NotFound", `id ${id} is not in the queue`, `of room ${room}`) : reply(200, track);
  },
});
