import * as z from "zod";
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

const Cancelled = ReservationReply.extend({ message: z.string() }).meta({ id: "CancelledReservation" });

export default defineFunction({
  name: "cancel_reservation",
  method: "DELETE",
  paths: ["/reservations/:id"],
  summary: "Give a seat back",
  access: "user",
  params: InId,
  replies: { 200: { description: "It is CANCELLED.", schema: Cancelled } },
  refusals: { NotFound: NO_SUCH_RESERVATION, Precondition: "It has ended, or was cancelled before." },
  rpcs: [
    rpc<ReservationServiceService["cancelReservation"]>("/library.ReservationService/CancelReservation")({
      input: ({ reservationId }) => inId(reservationId),
      reply: ({ reservation }: z.infer<typeof Cancelled>) => ({ reservation: reservationMessage(reservation) }),
    }),
  ],
  async handle({ input, core, caller }) {
    const { id } = input.params;
    const result = await core.library.cancel({ reservation: id, user: ownerFilter(caller) });
    switch (result.outcome) {
      case "cancelled":
        return reply(200, { ...reservationReply(result.reservation), message: "Reservation cancelled" });
      case "absent":
        return noReservation(id);
      case "not-open":
        return refuse("Precondition", `reservation ${id} is ${result.status}`, "there is nothing to cancel");
    }
  },
});
