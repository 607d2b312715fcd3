import * as z from "zod";
import type { SeatServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { isOpenAt } from "../library/branch-hours.ts";
import { Id, InId, inId } from "../library/id.ts";
import { NO_SUCH_SEAT, noSeat } from "../library/seat.ts";
import { ends, endsOf, windowOf, withWindow } from "../library/window.ts";
import { WrittenTime, written } from "../library/written-time.ts";
import { rpc } from "../rpc.ts";

const Availability = z
  .object({ seat_id: Id, available: z.boolean(), start_time: WrittenTime, end_time: WrittenTime })
  .meta({ id: "Availability" });
type Availability = z.infer<typeof Availability>;

export default defineFunction({
  name: "seat_availability",
  method: "GET",
  paths: ["/seats/:id/availability"],
  summary: "Whether a seat can be had in some time",
  description:
    "Nobody has it then, nobody is offered it, it is not in maintenance, and its branch is open all that time.",
  access: "user",
  params: InId,
  query: withWindow(z.object(ends)),
  replies: { 200: { description: "Whether it can.", schema: Availability } },
  refusals: { NotFound: NO_SUCH_SEAT },
  rpcs: [
    rpc<SeatServiceService["checkAvailability"]>("/library.SeatService/CheckAvailability")({
      input: ({ seatId, ...times }) => ({ ...inId(seatId), query: endsOf(times) }),
      reply: ({ seat_id, available, start_time, end_time }: Availability) => ({
        seatId: seat_id,
        available,
        startTime: start_time,
        endTime: end_time,
      }),
    }),
  ],
  async handle({ input, core }) {
    const { id } = input.params;
    const { start_time, end_time } = input.query;
    const found = await core.library.seat({ id, ...windowOf(input.query), now: Date.now() });
    if (found === null) return noSeat(id);
    const available = found.seat.is_available && isOpenAt(found.branch, start_time, end_time);
    return reply(200, { seat_id: id, available, start_time: written(start_time), end_time: written(end_time) });
  },
});
