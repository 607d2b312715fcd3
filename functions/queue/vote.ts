import * as z from "zod";
import type { QueueServiceService } from "../../proto/generated/queue.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { rpc } from "../rpc.ts";
import { ChangedQueue, changedQueue, listIfKept, queueResponse } from "./changed-queue.ts";
import { InRoom, inRooms } from "./room.ts";
import { OneTrack } from "./track.ts";

const Direction = z.object({
  up: z
    .stringbool({
      truthy: ["true", "1", "yes"],
      falsy: ["false", "0", "no"],
      error: "must be true, false, 1, 0, yes or no",
    })
    .default(true)
    .meta({ description: "Up or down; in any case, and 1, 0, yes and no too.", example: "true" }),
});

export default defineFunction({
  name: "vote",
  method: "POST",
  paths: inRooms("/vote"),
  summary: "Vote a track up or down",
  params: InRoom,
  query: Direction,
  body: OneTrack,
  replies: { 200: { description: "The vote is counted.", schema: ChangedQueue } },
  refusals: {
    NotFound: "The id is not queued.",
    Full: "The track has as many votes as can be counted.",
  },
  rpcs: [
    rpc<QueueServiceService["voteTrack"]>("/queue.QueueService/VoteTrack")({
      input: ({ id, up }) => ({ query: { up: String(up) }, body: { id } }),
      reply: queueResponse(),
    }),
  ],
  async handle(context) {
    const { room } = context.input.params;
    const { id } = context.input.body;
    const result = await context.core.queue.vote({ room, id, up: context.input.query.up, ...listIfKept(context) });
    switch (result.outcome) {
      case "absent":
        return refuse("NotFound", `id ${id} is not in the queue`, "nothing was changed");
      case "limit":
        return refuse("Full", `id ${id} has as many votes as can be counted`, "nothing was changed");
      case "voted":
        return reply(200, await changedQueue(context, room, "Vote counted", result));
    }
  },
});
