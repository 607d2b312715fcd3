import type { QueueServiceService } from "../../proto/generated/queue.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { rpc } from "../rpc.ts";
import { ChangedQueue, changedQueue, listIfKept, queueResponse } from "./changed-queue.ts";
import { InRoom, inRooms } from "./room.ts";
import { NewTrack } from "./track.ts";

export default defineFunction({
  name: "add_track",
  method: "POST",
  paths: inRooms("/add_track"),
  summary: "Add a track to the queue",
  description:
    "An id that is already queued is not added again: when title, artist and duration are the same, the queue stays as it is.",
  params: InRoom,
  body: NewTrack,
  replies: { 200: { description: "The track is queued.", schema: ChangedQueue } },
  refusals: {
    Conflict: "The id is queued with another title, artist or duration.",
    Full: "The queue holds as many tracks as it may.",
  },
  rpcs: [
    rpc<QueueServiceService["addTrack"]>("/queue.QueueService/AddTrack")({
      input: (track) => ({ body: track }),
      reply: queueResponse("Queued by Leader"),
      instead: { NoLeader: { message: "No Leader Elected Yet", queue: [] } },
    }),
  ],
  async handle(context) {
    const { room } = context.input.params;
    const track = context.input.body;
    const result = await context.core.queue.addTrack({ room, track, ...listIfKept(context) });
    switch (result.outcome) {
      case "conflict":
        return refuse(
          "Conflict",
          `id ${track.id} is queued with another title, artist or duration`,
          "the queue is unchanged",
        );
      case "full":
        return refuse("Full", "the queue is full", "remove or play a track first");
      case "added":
      case "unchanged":
        return reply(200, await changedQueue(context, room, "Track added", result));
    }
  },
});
