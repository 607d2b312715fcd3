/** Entries of the waitlist on the wire: JSON as shared/contracts/seats.md has it, and the message of library.proto. */
import * as z from "zod";
import type { WaitlistEntry as WaitlistEntryMessage } from "../../proto/generated/library.ts";
import { Id } from "./id.ts";
import { WrittenTime, written } from "./written-time.ts";

const fields = {
  id: Id,
  user_id: Id,
  seat_id: Id.nullable().meta({ description: "Null: any seat of the branch." }),
  branch: z.string().meta({ description: "With a seat, the seat's.", example: "Main Library" }),
  desired_time: WrittenTime,
  created_at: WrittenTime,
};

export const WaitlistEntry = z.object(fields).meta({ id: "WaitlistEntry" });
export type WaitlistEntry = z.infer<typeof WaitlistEntry>;

/** The fields stand at the top, and again under `entry`. */
export const WaitlistEntryReply = z.object({ ...fields, entry: WaitlistEntry }).meta({ id: "WaitlistEntryReply" });

/** As the core has it. */
interface Record {
  readonly id: number;
  readonly user: number;
  readonly seat: number | null;
  readonly branch: string;
  /** Milliseconds since the epoch, like `created`. */
  readonly desired: number;
  readonly created: number;
}

export function entryOf({ id, user, seat, branch, desired, created }: Record): WaitlistEntry {
  return {
    id,
    user_id: user,
    seat_id: seat,
    branch,
    desired_time: written(desired),
    created_at: written(created),
  };
}

export function entryMessage(entry: WaitlistEntry): WaitlistEntryMessage {
  return {
    id: entry.id,
    userId: entry.user_id,
    ...(entry.seat_id !== null && { seatId: entry.seat_id }),
    branch: entry.branch,
    desiredTime: entry.desired_time,
    createdAt: entry.created_at,
  };
}
