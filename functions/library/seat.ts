/** Seats on the wire: JSON as shared/contracts/seats.md has it, and the messages of library.proto. */
import * as z from "zod";
import type { Branch as BranchMessage, Seat as SeatMessage } from "../../proto/generated/library.ts";
import { type Refusal, refuse } from "../failure.ts";
import { Id } from "./id.ts";

export const Seat = z
  .object({
    id: Id,
    branch: z.string().meta({ example: "Main Library" }),
    area: z.string().meta({ example: "Silent Study Zone" }),
    has_power: z.boolean(),
    has_monitor: z.boolean(),
    status: z
      .enum(["AVAILABLE", "OCCUPIED", "MAINTENANCE"])
      .meta({ description: "OCCUPIED: somebody is checked in now." }),
    is_available: z.boolean().meta({
      description: "Nobody has it, and nobody is offered it, in the time asked for; now, when none was.",
    }),
  })
  .meta({ id: "Seat" });
export type Seat = z.infer<typeof Seat>;

export function seatMessage({ id, branch, area, has_power, has_monitor, status, is_available }: Seat): SeatMessage {
  return { id, branch, area, hasPower: has_power, hasMonitor: has_monitor, status, isAvailable: is_available };
}

export const Branch = z
  .object({
    branch: z.string().meta({ example: "Main Library" }),
    total_seats: z.int(),
    power_seats: z.int(),
    monitor_seats: z.int(),
    time_zone: z.string().meta({ description: "By IANA.", example: "Europe/Berlin" }),
    opening_hours: z.string().meta({ description: "In local time; empty: always.", example: "Mo-Fr 08:00-22:00" }),
  })
  .meta({ id: "Branch" });
export type Branch = z.infer<typeof Branch>;

export function branchMessage(branch: Branch): BranchMessage {
  const { total_seats, power_seats, monitor_seats, time_zone, opening_hours } = branch;
  return {
    branch: branch.branch,
    totalSeats: total_seats,
    powerSeats: power_seats,
    monitorSeats: monitor_seats,
    timeZone: time_zone,
    openingHours: opening_hours,
  };
}

export const NO_SUCH_SEAT = "There is no such seat.";

export function noSeat(id: number): Refusal<"NotFound"> {
  return refuse("NotFound", `there is no seat ${id}`, "GET /seats lists them");
}
