import * as z from "zod";
import type { SeatServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { InId, inId } from "../library/id.ts";
import { NO_SUCH_SEAT, noSeat, Seat, seatMessage } from "../library/seat.ts";
import { rpc } from "../rpc.ts";

const OneSeat = z.object({ seat: Seat });
type OneSeat = z.infer<typeof OneSeat>;

export default defineFunction({
  name: "seat",
  method: "GET",
  paths: ["/seats/:id"],
  summary: "One seat, as it is now",
  access: "user",
  params: InId,
  replies: { 200: { description: "The seat.", schema: OneSeat } },
  refusals: { NotFound: NO_SUCH_SEAT },
  rpcs: [
    rpc<SeatServiceService["getSeat"]>("/library.SeatService/GetSeat")({
      input: ({ seatId }) => inId(seatId),
      reply: ({ seat }: OneSeat) => ({ seat: seatMessage(seat) }),
    }),
  ],
  async handle({ input, core }) {
    const { id } = input.params;
    const found = await core.library.seat({ id, now: Date.now() });
    return found === null ? noSeat(id) : reply(200, { seat: found.seat });
  },
});
