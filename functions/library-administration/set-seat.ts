import * as z from "zod";
import type { AdministrationServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { Id } from "../library/id.ts";
import { PrintableText } from "../library/printable-text.ts";
import { Seat, seatMessage } from "../library/seat.ts";
import { rpc } from "../rpc.ts";

const OneSeat = z.object({ seat: Seat });
type OneSeat = z.infer<typeof OneSeat>;

export default defineFunction({
  name: "set_seat",
  method: "POST",
  paths: [],
  summary: "Add a seat, or change it",
  access: "trusted",
  body: z.object({
    id: Id,
    branch: PrintableText.min(1),
    area: PrintableText,
    has_power: z.boolean(),
    has_monitor: z.boolean(),
    maintenance: z.boolean(),
  }),
  replies: { 200: { description: "The seat, as it is now.", schema: OneSeat } },
  refusals: { Full: "There are as many seats, or branches, as there may be." },
  rpcs: [
    rpc<AdministrationServiceService["setSeat"]>("/library.AdministrationService/SetSeat")({
      input: ({ hasPower, hasMonitor, ...seat }) => ({
        body: { ...seat, has_power: hasPower, has_monitor: hasMonitor },
      }),
      reply: ({ seat }: OneSeat) => ({ seat: seatMessage(seat) }),
    }),
  ],
  async handle({ input, core }) {
    const { outcome, index } = await core.library.setSeats({ seats: [input.body] });
    const found = await core.library.seat({ id: input.body.id, now: Date.now() }, { after: index });
    if (outcome === "full" || found === null) {
      return refuse("Full", "there is no room for more seats or branches", "nothing was changed");
    }
    return reply(200, { seat: found.seat });
  },
});
