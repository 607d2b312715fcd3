import * as z from "zod";
import type { NotifyServiceService } from "../../proto/generated/library.ts";
import { actingUser } from "../caller.ts";
import { defineFunction, reply } from "../define-function.ts";
import { UserInQuery, userInQuery } from "../library/id.ts";
import { entryMessage, entryOf, WaitlistEntry } from "../library/waitlist-entry.ts";
import { rpc } from "../rpc.ts";

const Waitlist = z.object({ entries: z.array(WaitlistEntry).readonly(), count: z.int() }).meta({ id: "Waitlist" });
type Waitlist = z.infer<typeof Waitlist>;

export default defineFunction({
  name: "my_waitlist",
  method: "GET",
  paths: ["/waitlist/mine"],
  summary: "What one waits for",
  access: "user",
  query: UserInQuery,
  replies: { 200: { description: "The entries.", schema: Waitlist } },
  refusals: { Forbidden: "`user_id` is another's.", Invalid: "A field is not valid." },
  rpcs: [
    rpc<NotifyServiceService["getUserWaitlist"]>("/library.NotifyService/GetUserWaitlist")({
      input: ({ userId }) => ({ query: userInQuery(userId) }),
      reply: ({ entries, count }: Waitlist) => ({ entries: entries.map(entryMessage), count }),
    }),
  ],
  async handle({ input, core, caller }) {
    const user = actingUser(caller, input.query.user_id);
    if (typeof user !== "number") return user;
    const entries = (await core.library.waitlistOf({ user })).map(entryOf);
    return reply(200, { entries, count: entries.length });
  },
});
