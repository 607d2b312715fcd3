/** Reservations as a calendar (RFC 5545). */
import ical, { ICalEventStatus } from "ical-generator";
import type { SeatedRecord } from "./reservation.ts";

/**
 * Escaped and folded; times in UTC. An entry keeps its UID for good, and one whose seat was given up, by its user or by the clock,
 * stays as a cancelled one: what calendar programs have read before they then take back.
 */
export function calendarOf(reservations: readonly SeatedRecord[]): string {
  const calendar = ical({
    name: "Library seats",
    prodId: { company: "Tutti", product: "Library seats", language: "EN" },
  });
  for (const { reservation, seat } of reservations) {
    const { id, status, created, checkedIn, start, end } = reservation;
    const givenUp = status === "CANCELLED" || status === "NO_SHOW";
    calendar.createEvent({
      id: `reservation-${id}@tutti`,
      sequence: givenUp ? 1 : 0,
      stamp: new Date(checkedIn ?? created),
      start: new Date(start),
      end: new Date(end),
      summary: `Seat ${reservation.seat}, ${seat.branch}`,
      location: [seat.branch, seat.area].filter((text) => text !== "").join(", "),
      description: status,
      status: givenUp ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    });
  }
  // The last line has an end too, section 3.1.
  return `${calendar.toString()}\r\n`;
}
