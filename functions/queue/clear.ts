import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { InRoom, inRooms } from "./room.ts";

export default defineFunction({
  name: "clear",
  method: "POST",
  paths: inRooms("/clear"),
  summary: "Empty the queue and the history",
  description: "What plays goes on to its end.",
  params: InRoom,
  replies: { 200: { description: "Both are empty.", schema: z.object({ message: z.string() }) } },
  async handle({ input, core }) {
    await core.queue.clear(input.params);
    return reply(200, { message: "Queue and history cleared" });
  },
});
