import { Bytes, defineFunction } from "../define-function.ts";
import { calendarOf } from "../library/calendar.ts";
import { tokenOwner } from "../library/known-user.ts";

/** The newest; a calendar program reads all of it every few hours. */
const MAX_ENTRIES = 1000;

export default defineFunction({
  name: "reservations_calendar",
  method: "GET",
  paths: ["/reservations/mine.ics"],
  summary: "One's reservations as a calendar",
  description: "iCalendar (RFC 5545), the newest thousand, to import or to subscribe to. Cancelled ones say so.",
  access: "user",
  // Calendar programs send no headers.
  tokenInQuery: true,
  replies: { 200: { description: "The calendar.", schema: Bytes, type: "text/calendar" } },
  async handle({ core, caller }) {
    const reservations = await core.library.reservationsOf({ user: tokenOwner(caller).user.id });
    return {
      status: 200 as const,
      body: new Blob([calendarOf(reservations.slice(-MAX_ENTRIES))]).stream(),
      headers: {
        "content-type": "text/calendar; charset=utf-8",
        "content-disposition": 'inline; filename="reservations.ics"',
        "cache-control": "private, no-cache",
      },
    };
  },
});
