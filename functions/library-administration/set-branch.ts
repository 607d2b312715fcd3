import * as z from "zod";
import type { AdministrationServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { parseOpeningHours } from "../library/opening-hours.ts";
import { PrintableText } from "../library/printable-text.ts";
import { Branch, branchMessage } from "../library/seat.ts";
import { isTimeZone } from "../library/time.ts";
import { rpc } from "../rpc.ts";

const OneBranch = z.object({ branch: Branch });
type OneBranch = z.infer<typeof OneBranch>;

const OpeningHours = z
  .string()
  .max(1000)
  .superRefine((text, context) => {
    const parsed = parseOpeningHours(text);
    if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.fault });
  });

export default defineFunction({
  name: "set_branch",
  method: "POST",
  paths: [],
  summary: "Add a branch, or change its time zone and opening hours",
  description: "Reservations stay, also where they are outside the new hours.",
  access: "trusted",
  body: z.object({
    branch: PrintableText.min(1),
    time_zone: z
      .string()
      .max(100)
      .refine((name) => name === "" || isTimeZone(name), "must be an IANA time zone like Europe/Berlin"),
    opening_hours: OpeningHours,
  }),
  replies: { 200: { description: "The branch.", schema: OneBranch } },
  refusals: { Full: "There are as many branches as there may be." },
  rpcs: [
    rpc<AdministrationServiceService["setBranch"]>("/library.AdministrationService/SetBranch")({
      input: ({ branch, timeZone, openingHours }) => ({
        body: { branch, time_zone: timeZone, opening_hours: openingHours },
      }),
      reply: ({ branch }: OneBranch) => ({ branch: branchMessage(branch) }),
    }),
  ],
  async handle({ input, core }) {
    const { branch, time_zone, opening_hours } = input.body;
    const { outcome, index } = await core.library.setBranch({ branch, time_zone: time_zone || "UTC", opening_hours });
    const branches = await core.library.branches({}, { after: index });
    const found = branches.find((each) => each.branch === branch);
    if (outcome === "full" || found === undefined) {
      return refuse("Full", "there is no room for more branches", "nothing was changed");
    }
    return reply(200, { branch: found });
  },
});
