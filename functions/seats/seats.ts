import * as z from "zod";
import type { SeatServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { Flag } from "../library/flag.ts";
import { Seat, seatMessage } from "../library/seat.ts";
import { SeatLists } from "../library/seat-lists.ts";
import { endsIfAny, endsOf, given, windowOf, withWindow } from "../library/window.ts";
import { rpc } from "../rpc.ts";

const lists = new SeatLists();

const Seats = z.object({ seats: z.array(Seat).readonly(), count: z.int() }).meta({ id: "Seats" });
type Seats = z.infer<typeof Seats>;

const Name = z.string().max(200).optional();

export default defineFunction({
  name: "seats",
  method: "GET",
  paths: ["/seats"],
  summary: "Seats, by branch, area, what they have, and whether they are free",
  description: "`is_available` is about who has the seat, not about opening hours.",
  access: "user",
  query: withWindow(
    z.object({
      branch: Name.meta({ description: "Its whole name; empty: all.", example: "Main Library" }),
      area: Name.meta({ description: "Its whole name; empty: all.", example: "Silent Study Zone" }),
      has_power: Flag.optional(),
      has_monitor: Flag.optional(),
      available_only: Flag.optional(),
      ...endsIfAny,
    }),
  ),
  replies: { 200: { description: "The seats.", schema: Seats } },
  rpcs: [
    rpc<SeatServiceService["getSeats"]>("/library.SeatService/GetSeats")({
      input: ({ branch, area, hasPower, hasMonitor, availableOnly, ...times }) => ({
        query: {
          branch: given(branch),
          area: given(area),
          has_power: hasPower?.toString(),
          has_monitor: hasMonitor?.toString(),
          available_only: String(availableOnly),
          ...endsOf(times),
        },
      }),
      reply: ({ seats, count }: Seats) => ({ seats: seats.map(seatMessage), count }),
    }),
  ],
  async handle({ input, core }) {
    const { branch, area, has_power, has_monitor, available_only } = input.query;
    const filters = {
      ...(branch && { branch }),
      ...(area && { area }),
      ...(has_power !== undefined && { has_power }),
      ...(has_monitor !== undefined && { has_monitor }),
      ...(available_only && { available_only }),
      ...windowOf(input.query),
    };
    const seats = await lists.get(core, filters, Date.now());
    return reply(200, { seats, count: seats.length });
  },
});
