import * as z from "zod";
import type { ReservationServiceService } from "../../proto/generated/library.ts";
import { actingUser } from "../caller.ts";
import { defineFunction, reply } from "../define-function.ts";
import { type Refusal, refuse } from "../failure.ts";
import { isOpenAt, LONGEST_MS } from "../library/branch-hours.ts";
import { Id } from "../library/id.ts";
import { invalidField } from "../library/invalid-field.ts";
import { findUser, NO_SUCH_USER, noUser } from "../library/known-user.ts";
import { localDays } from "../library/local-days.ts";
import { ReservationReply, reservationMessage, reservationReply } from "../library/reservation.ts";
import { NO_SUCH_SEAT, noSeat } from "../library/seat.ts";
import { ends, endsOf, withWindow } from "../library/window.ts";
import { rpc } from "../rpc.ts";

type Created = z.infer<typeof ReservationReply>;

export default defineFunction({
  name: "create_reservation",
  method: "POST",
  paths: ["/reservations"],
  summary: "Reserve a seat",
  description:
    "From `start_time` to `end_time`, half-open, within the opening hours of the branch. A reservation that nobody has checked in to " +
    "some minutes after its start (15, unless the library says otherwise) is a NO_SHOW, and the seat is free again.",
  access: "user",
  body: withWindow(
    z.object({
      user_id: Id.optional().meta({ description: "The token's user, when it is given." }),
      seat_id: Id,
      ...ends,
    }),
  ).meta({ id: "NewReservation" }),
  replies: { 201: { description: "The seat is reserved.", schema: ReservationReply } },
  refusals: {
    NotFound: `${NO_SUCH_SEAT} ${NO_SUCH_USER}`,
    Conflict: "The seat is taken in that time.",
    Precondition: "The seat is in maintenance.",
    Invalid: "The time is over, too long, or the branch is not open then.",
    Forbidden: "`user_id` is another's.",
    TooMany: "The user has as many hours on that day, or as many open reservations, as may be.",
    Full: "The library has as many reservations as there may be.",
  },
  rpcs: [
    rpc<ReservationServiceService["createReservation"]>("/library.ReservationService/CreateReservation")({
      input: ({ userId, seatId, ...times }) => ({
        body: { ...(userId !== 0 && { user_id: userId }), seat_id: seatId, ...endsOf(times) },
      }),
      reply: ({ reservation }: Created) => ({ reservation: reservationMessage(reservation) }),
    }),
  ],
  async handle({ input, core, caller, keyed }) {
    const { user_id, seat_id, start_time: start, end_time: end } = input.body;
    if (end - start > LONGEST_MS) return tooLong(LONGEST_MS);
    const user = actingUser(caller, user_id);
    if (typeof user !== "number") return user;
    if ((await findUser(core, caller, user)) === null) return noUser(user);
    const found = await core.library.seat({ id: seat_id, now: Date.now() });
    if (found === null) return noSeat(seat_id);
    const { branch } = found;
    const open = isOpenAt(branch, start, end);
    if (!open && !keyed) return closed(branch.branch);
    const days = localDays(start, end, branch.time_zone);
    // Hours may have changed since a key was first used, and its answer is to stay. What is refused here is refused by the core too, as
    // over since 1970, unless the key has brought a reservation before.
    const wish = open ? { start, end, days } : { start: 0, end: 1, days: [] };
    const result = await core.library.reserve({ user, seat: seat_id, ...wish });
    if (result.outcome === "reserved") return reply(201, reservationReply(result.reservation));
    if (!open) return closed(branch.branch);
    switch (result.outcome) {
      case "no-user":
        return noUser(user);
      case "no-seat":
        return noSeat(seat_id);
      case "maintenance":
        return refuse("Precondition", `seat ${seat_id} is in maintenance`, "nothing was reserved");
      case "past":
        return invalidField("start_time", "is in the past");
      case "too-long":
        return tooLong((await core.library.limits({}, { after: result.index })).longest);
      case "conflict":
        return refuse("Conflict", `conflict: seat ${seat_id} is taken in that time`, "choose another time or seat");
      case "limit-hours":
        return refuse("TooMany", "that is more hours a day than one may reserve", "nothing was reserved");
      case "limit-open":
        return refuse("TooMany", "there are as many open reservations as one may have", "cancel one first");
      case "full":
        return refuse("Full", "there is no room for more reservations", "nothing was reserved");
    }
  },
});

function closed(branch: string): Refusal<"Invalid"> {
  return invalidField("start_time", `to end_time is not within the opening hours of ${branch}`);
}

/** @param longest milliseconds */
function tooLong(longest: number): Refusal<"Invalid"> {
  const hours = Math.round(longest / 36_000) / 100;
  return invalidField("end_time", `must be at most ${hours} hours after start_time`);
}
