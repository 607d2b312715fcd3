import * as z from "zod";
import type { AdministrationServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { Id } from "../library/id.ts";
import { NO_SUCH_SEAT, noSeat, Seat, seatMessage } from "../library/seat.ts";
import { rpc } from "../rpc.ts";

const OneSeat = z.object({ seat: Seat });
type OneSeat = z.infer<typeof OneSeat>;

export default defineFunction({
  name: "set_maintenance",
  method: "POST",
  paths: [],
  summary: "Take a seat out of use, or into it again",
  description: "Reservations stay; new ones are refused.",
  access: "trusted",
  body: z.object({ seat_id: Id, maintenance: z.boolean() }),
  replies: { 200: { description: "The seat, as it is now.", schema: OneSeat } },
  refusals: { NotFound: NO_SUCH_SEAT },
  rpcs: [
    rpc<AdministrationServiceService["setMaintenance"]>("/library.AdministrationService/SetMaintenance")({
      input: ({ seatId, maintenance }) => ({ body: { seat_id: seatId, maintenance } }),
      reply: ({ seat }: OneSeat) => ({ seat: seatMessage(seat) }),
    }),
  ],
  async handle({ input, core }) {
    const { seat_id, maintenance } = input.body;
    const { index } = await core.library.setMaintenance({ seat: seat_id, maintenance });
    const found = await core.library.seat({ id: seat_id, now: Date.now() }, { after: index });
    return found === null ? noSeat(seat_id) : reply(200, { seat: found.seat });
  },
});
