import * as z from "zod";
import type { QueueServiceService } from "../../proto/generated/queue.ts";
import { defineFunction, reply } from "../define-function.ts";
import { rpc } from "../rpc.ts";
import { InRoom, inRooms } from "./room.ts";
import { queueList, Track } from "./track.ts";

export default defineFunction({
  name: "history",
  method: "GET",
  paths: inRooms("/history"),
  summary: "What was played, oldest first",
  params: InRoom,
  replies: { 200: { description: "The history.", schema: z.array(Track).readonly() } },
  rpcs: [
    rpc<QueueServiceService["getHistory"]>("/queue.QueueService/GetHistory")({ input: () => ({}), reply: queueList }),
  ],
  async handle({ input, core }) {
    return reply(200, await core.queue.history(input.params));
  },
});
