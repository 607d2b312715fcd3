import { Bytes, defineFunction } from "../define-function.ts";
import { tokenOwner } from "../library/known-user.ts";
import { notificationStream } from "../library/notification-events.ts";

const EVENT_ID = /^\d{1,10}$/;
const MAX_ID = 2 ** 31 - 1;

export default defineFunction({
  name: "notification_stream",
  method: "GET",
  paths: ["/notifications/stream"],
  summary: "One's notifications, as they come",
  description:
    "Server-sent events. Each has an `id` and no name; its data is a line of JSON: " +
    '`{"id", "type": "offer" | "offer_expired" | "no_show" | "cancelled" | "message", "message", "seat_id", "reservation_id", ' +
    '"waitlist_id", "offer": {"start_time", "end_time", "expires_at"} | null, "created_at"}`. The stream begins with the offers that ' +
    "are open; with `Last-Event-ID` it goes on after that event, with all that are kept (100).",
  access: "user",
  tokenInQuery: true,
  replies: { 200: { description: "The stream.", schema: Bytes, type: "text/event-stream" } },
  async handle({ caller, patient, lastEventId = "" }) {
    const { user, until } = tokenOwner(caller);
    const body = notificationStream({
      patient,
      user: user.id,
      lastEventId: EVENT_ID.test(lastEventId) && Number(lastEventId) <= MAX_ID ? Number(lastEventId) : undefined,
      until,
    });
    return {
      status: 200 as const,
      body,
      headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
    };
  },
});
