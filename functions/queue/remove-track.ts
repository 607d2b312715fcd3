import type { QueueServiceService } from "../../proto/generated/queue.ts";
import { defineFunction, reply } from "../define-function.ts";
import { rpc } from "../rpc.ts";
import { ChangedQueue, changedQueue, listIfKept, queueResponse } from "./changed-queue.ts";
import { InRoom, inRooms } from "./room.ts";
import { OneTrack } from "./track.ts";

export default defineFunction({
  name: "remove_track",
  method: "POST",
  paths: inRooms("/remove_track"),
  summary: "Remove a track from the queue",
  description: "An id that is not queued leaves the queue as it is.",
  params: InRoom,
  body: OneTrack,
  replies: { 200: { description: "The track is not queued.", schema: ChangedQueue } },
  rpcs: [
    rpc<QueueServiceService["removeTrack"]>("/queue.QueueService/RemoveTrack")({
      input: (track) => ({ body: track }),
      reply: queueResponse(),
    }),
  ],
  async handle(context) {
    const { room } = context.input.params;
    const result = await context.core.queue.removeTrack({ room, id: context.input.body.id, ...listIfKept(context) });
    return reply(200, await changedQueue(context, room, "Track removed", result));
  },
});
