/** Reservations on the wire: JSON as shared/contracts/seats.md has it, and the messages of library.proto. */
import * as z from "zod";
import type {
  ReservationDetail as ReservationDetailMessage,
  Reservation as ReservationMessage,
} from "../../proto/generated/library.ts";
import type { User } from "../caller.ts";
import { type Refusal, refuse } from "../failure.ts";
import { Id } from "./id.ts";
import { WrittenTime, written } from "./written-time.ts";

export const Status = z.enum(["CONFIRMED", "CHECKED_IN", "COMPLETED", "CANCELLED", "NO_SHOW"]);

const fields = {
  id: Id,
  user_id: Id,
  seat_id: Id,
  start_time: WrittenTime,
  end_time: WrittenTime,
  status: Status,
  created_at: WrittenTime,
  checked_in_at: WrittenTime.nullable().meta({ description: "Null until then." }),
};

export const Reservation = z.object(fields).meta({ id: "Reservation" });
export type Reservation = z.infer<typeof Reservation>;

const details = {
  branch: z.string(),
  area: z.string(),
  has_power: z.boolean(),
  has_monitor: z.boolean(),
  student_id: z.string().meta({ description: "Empty when the user was deleted, like the name." }),
  user_name: z.string(),
};

export const ReservationDetail = z.object({ ...fields, ...details }).meta({ id: "ReservationDetail" });
export type ReservationDetail = z.infer<typeof ReservationDetail>;

/** The fields stand at the top, and again under `reservation`. */
export const ReservationReply = z.object({ ...fields, reservation: Reservation }).meta({ id: "ReservationReply" });
export const ReservationDetailReply = z
  .object({ ...fields, ...details, reservation: ReservationDetail })
  .meta({ id: "ReservationDetailReply" });

/** As the core has it. */
interface Record {
  readonly id: number;
  readonly user: number;
  readonly seat: number;
  /** Milliseconds since the epoch, like all times. */
  readonly start: number;
  readonly end: number;
  readonly status: Reservation["status"];
  readonly created: number;
  readonly checkedIn: number | null;
}

interface SeatRecord {
  readonly branch: string;
  readonly area: string;
  readonly has_power: boolean;
  readonly has_monitor: boolean;
}

export interface SeatedRecord {
  readonly reservation: Record;
  readonly seat: SeatRecord;
}

export function reservationOf({ id, user, seat, start, end, status, created, checkedIn }: Record): Reservation {
  return {
    id,
    user_id: user,
    seat_id: seat,
    start_time: written(start),
    end_time: written(end),
    status,
    created_at: written(created),
    checked_in_at: checkedIn === null ? null : written(checkedIn),
  };
}

/** @param user whose it is; null when the account is no more */
export function detailOf({ reservation, seat }: SeatedRecord, user: User | null): ReservationDetail {
  const { branch, area, has_power, has_monitor } = seat;
  const names = { student_id: user?.login ?? "", user_name: user?.name ?? "" };
  return { ...reservationOf(reservation), branch, area, has_power, has_monitor, ...names };
}

export function reservationReply(record: Record): z.infer<typeof ReservationReply> {
  const reservation = reservationOf(record);
  return { ...reservation, reservation };
}

export function reservationMessage(reservation: Reservation): ReservationMessage {
  return {
    id: reservation.id,
    userId: reservation.user_id,
    seatId: reservation.seat_id,
    startTime: reservation.start_time,
    endTime: reservation.end_time,
    status: reservation.status,
    createdAt: reservation.created_at,
    checkedInAt: reservation.checked_in_at ?? "",
  };
}

export function detailMessage(detail: ReservationDetail): ReservationDetailMessage {
  return {
    ...reservationMessage(detail),
    branch: detail.branch,
    area: detail.area,
    hasPower: detail.has_power,
    hasMonitor: detail.has_monitor,
    studentId: detail.student_id,
    userName: detail.user_name,
  };
}

export const NO_SUCH_RESERVATION = "There is no such reservation, or it is another's.";

export function noReservation(id: number): Refusal<"NotFound"> {
  return refuse("NotFound", `there is no reservation ${id}`, "GET /reservations/mine lists yours");
}
