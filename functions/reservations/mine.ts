import * as z from "zod";
import type { ReservationServiceService } from "../../proto/generated/library.ts";
import { actingUser } from "../caller.ts";
import { defineFunction, reply } from "../define-function.ts";
import { Flag } from "../library/flag.ts";
import { UserInQuery, userInQuery } from "../library/id.ts";
import { findUser } from "../library/known-user.ts";
import { detailMessage, detailOf, ReservationDetail, Status } from "../library/reservation.ts";
import { given } from "../library/window.ts";
import { rpc } from "../rpc.ts";

const Reservations = z
  .object({ reservations: z.array(ReservationDetail).readonly(), count: z.int() })
  .meta({ id: "Reservations" });
type Reservations = z.infer<typeof Reservations>;

export default defineFunction({
  name: "my_reservations",
  method: "GET",
  paths: ["/reservations/mine", "/reservations"],
  summary: "One's reservations, by their start",
  access: "user",
  query: UserInQuery.extend({
    status: Status.optional(),
    upcoming_only: Flag.optional().meta({ description: "Only those that have not ended, and were not given up." }),
  }),
  replies: { 200: { description: "The reservations.", schema: Reservations } },
  refusals: { Forbidden: "`user_id` is another's.", Invalid: "A field is not valid." },
  rpcs: [
    rpc<ReservationServiceService["getUserReservations"]>("/library.ReservationService/GetUserReservations")({
      input: ({ userId, status, upcomingOnly }) => ({
        query: {
          ...userInQuery(userId),
          status: given(status),
          upcoming_only: String(upcomingOnly),
        },
      }),
      reply: ({ reservations, count }: Reservations) => ({ reservations: reservations.map(detailMessage), count }),
    }),
  ],
  async handle({ input, core, caller }) {
    const { status, upcoming_only, user_id } = input.query;
    const user = actingUser(caller, user_id);
    if (typeof user !== "number") return user;
    const [found, account] = await Promise.all([
      core.library.reservationsOf({
        user,
        ...(status !== undefined && { status }),
        ...(upcoming_only && { upcomingAt: Date.now() }),
      }),
      findUser(core, caller, user),
    ]);
    const reservations = found.map((each) => detailOf(each, account));
    return reply(200, { reservations, count: reservations.length });
  },
});
