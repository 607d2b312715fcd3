import * as z from "zod";
import type { AdministrationServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { Id } from "../library/id.ts";
import { WrittenTime, written } from "../library/written-time.ts";
import { rpc } from "../rpc.ts";

const DEFAULT_LIMIT = 100;

const Record = z.object({
  index: z.int(),
  time: WrittenTime,
  user_id: z.int(),
  action: z.string(),
  seat_id: Id.nullable(),
  reservation_id: Id.nullable(),
});
const Audit = z.object({ records: z.array(Record).readonly() });
type Audit = z.infer<typeof Audit>;

export default defineFunction({
  name: "library_audit",
  method: "GET",
  paths: [],
  summary: "Who did what in the library",
  access: "trusted",
  query: z.object({
    reservation_id: Id.optional(),
    limit: z.int().min(1).max(10_000).default(DEFAULT_LIMIT),
  }),
  replies: { 200: { description: "The newest records, oldest first.", schema: Audit } },
  rpcs: [
    rpc<AdministrationServiceService["audit"]>("/library.AdministrationService/Audit")({
      input: ({ reservationId, limit }) => ({
        query: {
          ...(reservationId !== 0 && { reservation_id: reservationId }),
          ...(limit !== 0 && { limit }),
        },
      }),
      reply: ({ records }: Audit) => ({
        records: records.map(({ index, time, user_id, action, seat_id, reservation_id }) => ({
          index,
          time,
          userId: user_id,
          action,
          seatId: seat_id ?? 0,
          reservationId: reservation_id ?? 0,
        })),
      }),
    }),
  ],
  async handle({ input, core }) {
    const { reservation_id, limit } = input.query;
    const found = await core.library.audit({ reservation: reservation_id ?? null, limit });
    const records = found.map(({ index, time, user, action, seat, reservation }) => ({
      index,
      time: written(time),
      user_id: user,
      action,
      seat_id: seat,
      reservation_id: reservation,
    }));
    return reply(200, { records });
  },
});
