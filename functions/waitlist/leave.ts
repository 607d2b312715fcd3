import * as z from "zod";
import type { NotifyServiceService } from "../../proto/generated/library.ts";
import { ownerFilter } from "../caller.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { Id, InId, inId } from "../library/id.ts";
import { rpc } from "../rpc.ts";

const Left = z.object({ message: z.string(), id: Id });
type Left = z.infer<typeof Left>;

export default defineFunction({
  name: "leave_waitlist",
  method: "DELETE",
  paths: ["/waitlist/:id"],
  summary: "Wait no more",
  description: "What was offered passes on to the next.",
  access: "user",
  params: InId,
  replies: { 200: { description: "The entry is gone.", schema: Left } },
  refusals: { NotFound: "There is no such entry, or it is another's." },
  rpcs: [
    rpc<NotifyServiceService["removeFromWaitlist"]>("/library.NotifyService/RemoveFromWaitlist")({
      input: ({ waitlistId }) => inId(waitlistId),
      reply: (left: Left) => left,
    }),
  ],
  async handle({ input, core, caller }) {
    const { id } = input.params;
    const { outcome } = await core.library.leaveWaitlist({ entry: id, user: ownerFilter(caller) });
    if (outcome === "left") return reply(200, { message: "Removed from waitlist", id });
    return refuse("NotFound", `there is no waitlist entry ${id}`, "GET /waitlist/mine lists yours");
  },
});
