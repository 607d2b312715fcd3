import * as z from "zod";
import type { QueueServiceService } from "../../proto/generated/queue.ts";
import { defineFunction, reply } from "../define-function.ts";
import { rpc } from "../rpc.ts";
import { InRoom, inRooms } from "./room.ts";
import { queueList, Track } from "./track.ts";

export default defineFunction({
  name: "queue",
  method: "GET",
  paths: inRooms("/queue"),
  summary: "The queue, in the order in which it will be played",
  description: "By votes, the most first; among equals by arrival.",
  params: InRoom,
  replies: { 200: { description: "The queue.", schema: z.array(Track).readonly() } },
  rpcs: [rpc<QueueServiceService["getQueue"]>("/queue.QueueService/GetQueue")({ input: () => ({}), reply: queueList })],
  async handle({ input, core }) {
    return reply(200, await core.queue.list(input.params));
  },
});
