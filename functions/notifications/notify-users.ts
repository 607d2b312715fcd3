import * as z from "zod";
import type { NotifyServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { Id } from "../library/id.ts";
import { NO_SUCH_SEAT, noSeat } from "../library/seat.ts";
import { rpc } from "../rpc.ts";

const Notified = z.object({
  notified: z.boolean(),
  user_id: z.int(),
  student_id: z.string(),
  message: z.string(),
});
type Notified = z.infer<typeof Notified>;

const NOBODY: Notified = { notified: false, user_id: 0, student_id: "", message: "" };

export default defineFunction({
  name: "notify_users",
  method: "POST",
  paths: [],
  summary: "Tell the first who waits for a seat, or else for its branch",
  access: "trusted",
  body: z.object({ seat_id: Id, message: z.string().max(1000) }),
  replies: { 200: { description: "Who was told, if somebody waits.", schema: Notified } },
  refusals: { NotFound: NO_SUCH_SEAT },
  rpcs: [
    rpc<NotifyServiceService["notifyUsers"]>("/library.NotifyService/NotifyUsers")({
      input: ({ seatId, message }) => ({ body: { seat_id: seatId, message } }),
      reply: ({ notified, user_id, student_id, message }: Notified) => ({
        notified,
        userId: user_id,
        studentId: student_id,
        message,
      }),
    }),
  ],
  async handle({ input, core }) {
    const { seat_id } = input.body;
    const wish = input.body.message === "" ? `Seat ${seat_id} may be free` : input.body.message;
    const result = await core.library.notify({ seat: seat_id, message: wish });
    switch (result.outcome) {
      case "no-seat":
        return noSeat(seat_id);
      case "nobody":
        return reply(200, NOBODY);
      case "notified": {
        const { user, message } = result.notification;
        const account = await core.accounts.find({ id: user });
        return reply(200, { notified: true, user_id: user, student_id: account?.login ?? "", message });
      }
    }
  },
});
