import * as z from "zod";
import type { NotifyServiceService } from "../../proto/generated/library.ts";
import { actingUser } from "../caller.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { Id } from "../library/id.ts";
import { invalidField } from "../library/invalid-field.ts";
import { findUser, NO_SUCH_USER, noUser } from "../library/known-user.ts";
import { NO_SUCH_SEAT, noSeat } from "../library/seat.ts";
import { Time } from "../library/time.ts";
import { entryMessage, entryOf, WaitlistEntryReply } from "../library/waitlist-entry.ts";
import { given } from "../library/window.ts";
import { rpc } from "../rpc.ts";

export default defineFunction({
  name: "join_waitlist",
  method: "POST",
  paths: ["/waitlist"],
  summary: "Wait for a seat, or for any of a branch",
  description:
    "When one becomes free about `desired_time`, it is held for the first who waits, who is notified (`GET /notifications/stream`), " +
    "for some minutes (10, unless the library says otherwise), and then offered to the next.",
  access: "user",
  body: z
    .object({
      user_id: Id.optional().meta({ description: "The token's user, when it is given." }),
      seat_id: Id.nullish().meta({ description: "This seat; else any of the branch." }),
      branch: z.string().max(200).nullish().meta({ example: "Main Library" }),
      desired_time: Time,
    })
    .refine(({ seat_id, branch }) => (seat_id ?? undefined) !== undefined || (branch ?? "") !== "", {
      error: "is missing: name a seat_id or a branch",
      path: ["seat_id"],
    })
    .meta({ id: "NewWaitlistEntry" }),
  replies: { 201: { description: "The user waits.", schema: WaitlistEntryReply } },
  refusals: {
    NotFound: `${NO_SUCH_SEAT} There is no such branch. ${NO_SUCH_USER}`,
    Invalid: "`desired_time` is in the past.",
    Forbidden: "`user_id` is another's.",
    Full: "The user waits for as much as one may, or there are as many entries as there may be.",
  },
  rpcs: [
    rpc<NotifyServiceService["addToWaitlist"]>("/library.NotifyService/AddToWaitlist")({
      input: ({ userId, seatId, branch, desiredTime }) => ({
        body: {
          ...(userId !== 0 && { user_id: userId }),
          // Zero names no seat.
          ...(seatId && { seat_id: seatId }),
          branch,
          desired_time: given(desiredTime),
        },
      }),
      reply: ({ entry }: z.infer<typeof WaitlistEntryReply>) => ({ entry: entryMessage(entry) }),
    }),
  ],
  async handle({ input, core, caller }) {
    const { user_id, desired_time: desired } = input.body;
    const seat = input.body.seat_id ?? null;
    const branch = input.body.branch ?? "";
    const user = actingUser(caller, user_id);
    if (typeof user !== "number") return user;
    if ((await findUser(core, caller, user)) === null) return noUser(user);
    const result = await core.library.joinWaitlist({ user, seat, branch, desired });
    switch (result.outcome) {
      case "waiting": {
        const entry = entryOf(result.entry);
        return reply(201, { ...entry, entry });
      }
      case "no-user":
        return noUser(user);
      case "no-seat":
        return noSeat(seat ?? 0);
      case "no-branch":
        return refuse("NotFound", `there is no branch ${JSON.stringify(branch)}`, "GET /branches lists them");
      case "past":
        return invalidField("desired_time", "is in the past");
      case "full":
        return refuse("Full", "there is no room for more on the waitlist", "leave it for something else first");
    }
  },
});
