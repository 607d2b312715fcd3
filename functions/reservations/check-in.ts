import type * as z from "zod";
import type { ReservationServiceService } from "../../proto/generated/library.ts";
import { ownerFilter } from "../caller.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { InId, inId } from "../library/id.ts";
import {
  NO_SUCH_RESERVATION,
  noReservation,
  ReservationReply,
  reservationMessage,
  reservationReply,
} from "../library/reservation.ts";
import { rpc } from "../rpc.ts";

const MINUTE_MS = 60_000;

export default defineFunction({
  name: "check_in",
  method: "POST",
  paths: ["/reservations/:id/checkin"],
  summary: "Take the seat one has reserved",
  description:
    "From some minutes before the start (15, unless the library says otherwise) until it would be a NO_SHOW.",
  access: "user",
  params: InId,
  replies: { 200: { description: "It is CHECKED_IN.", schema: ReservationReply } },
  refusals: { NotFound: NO_SUCH_RESERVATION, Precondition: "Too early, or it is not CONFIRMED." },
  rpcs: [
    rpc<ReservationServiceService["checkIn"]>("/library.ReservationService/CheckIn")({
      input: ({ reservationId }) => inId(reservationId),
      reply: ({ reservation }: z.infer<typeof ReservationReply>) => ({ reservation: reservationMessage(reservation) }),
    }),
  ],
  async handle({ input, core, caller }) {
    const { id } = input.params;
    const result = await core.library.checkIn({ reservation: id, user: ownerFilter(caller) });
    switch (result.outcome) {
      case "checked-in":
        return reply(200, reservationReply(result.reservation));
      case "absent":
        return noReservation(id);
      case "too-early": {
        const { early } = await core.library.limits({}, { after: result.index });
        const minutes = Math.round(early / MINUTE_MS);
        return refuse(
          "Precondition",
          "it is too early to check in",
          `one can from ${minutes} minutes before the start`,
        );
      }
      case "not-confirmed":
        return refuse("Precondition", `reservation ${id} is ${result.status}`, "one can check in to a CONFIRMED one");
    }
  },
});
