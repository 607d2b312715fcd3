import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { ChangedQueue, changedQueue, listIfKept } from "./changed-queue.ts";
import { InRoom, inRooms } from "./room.ts";
import { NewTrack } from "./track.ts";

export default defineFunction({
  name: "sync",
  method: "POST",
  paths: inRooms("/sync"),
  summary: "Replace the queue",
  description: "Equal tracks count once. The history stays.",
  params: InRoom,
  body: z.array(NewTrack),
  replies: { 200: { description: "The queue is what was sent.", schema: ChangedQueue } },
  refusals: {
    Conflict: "Two different tracks in the list have the same id.",
    Full: "The list is longer than a queue may be.",
  },
  async handle(context) {
    const { room } = context.input.params;
    const result = await context.core.queue.sync({ room, tracks: context.input.body, ...listIfKept(context) });
    switch (result.outcome) {
      case "conflict":
        return refuse("Conflict", `id ${result.conflict} stands for two different tracks`, "the queue is unchanged");
      case "full":
        return refuse("Full", "the list is longer than a queue may be", "the queue is unchanged");
      case "synchronized":
        return reply(200, await changedQueue(context, room, "Queue synchronized", result));
    }
  },
});
