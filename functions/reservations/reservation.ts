import type * as z from "zod";
import type { ReservationServiceService } from "../../proto/generated/library.ts";
import { ownerFilter } from "../caller.ts";
import { defineFunction, reply } from "../define-function.ts";
import { InId, inId } from "../library/id.ts";
import { findUser } from "../library/known-user.ts";
import {
  detailMessage,
  detailOf,
  NO_SUCH_RESERVATION,
  noReservation,
  ReservationDetailReply,
} from "../library/reservation.ts";
import { rpc } from "../rpc.ts";

export default defineFunction({
  name: "reservation",
  method: "GET",
  paths: ["/reservations/:id"],
  summary: "One of one's reservations",
  access: "user",
  params: InId,
  replies: { 200: { description: "The reservation.", schema: ReservationDetailReply } },
  refusals: { NotFound: NO_SUCH_RESERVATION },
  rpcs: [
    rpc<ReservationServiceService["getReservation"]>("/library.ReservationService/GetReservation")({
      input: ({ reservationId }) => inId(reservationId),
      reply: ({ reservation }: z.infer<typeof ReservationDetailReply>) => ({ reservation: detailMessage(reservation) }),
    }),
  ],
  async handle({ input, core, caller }) {
    const { id } = input.params;
    const found = await core.library.reservation({ id, user: ownerFilter(caller) });
    if (found === null) return noReservation(id);
    const reservation = detailOf(found, await findUser(core, caller, found.reservation.user));
    return reply(200, { ...reservation, reservation });
  },
});
