/**
 * A user's notifications as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), for as long as
 * somebody reads. Nothing is made before it is asked for, so a client that does not read holds up nothing and fills nothing.
 *
 *     retry: 1000
 *     : notifications
 *
 *     id: 7
 *     data: {"id":7,"type":"offer",…}
 *
 *     : still here
 */
import type { Core } from "../../consensus-nodes/client/core.ts";
import { CoreError } from "../../consensus-nodes/client/core-failure.ts";
import { written } from "./written-time.ts";

/** Milliseconds after which a client that lost the stream comes again. */
const RETRY_MS = 1000;
/** Milliseconds without a word; proxies take ten seconds or more of silence for an end. */
const HEARTBEAT_MS = 8_000;
/** Milliseconds between two questions: however much happens in the library, a stream asks twenty times a second at most. */
const PAUSE_MS = 50;
/** Milliseconds after a question that the core could not answer: an election takes about as long. */
const FAILURE_PAUSE_MS = 1_000;
/** Milliseconds. A client that is still there comes again, with its token. */
const LIFETIME_MS = 3_600_000;

const BEGINNING = `retry: ${RETRY_MS}\n${comment("notifications")}`;

interface Listener {
  /** Each call has so many milliseconds. */
  readonly patient: (timeout: number) => Core;
  readonly user: number;
  /** What the client has seen last; undefined when it begins. */
  readonly lastEventId: number | undefined;
  /** When its token is good no more, in milliseconds since the epoch. */
  readonly until: number;
}

/** Ends by itself after an hour, with the token, or with the user. */
export function notificationStream(listener: Listener): ReadableStream<Uint8Array> {
  const left = new AbortController();
  const events = notificationEvents(listener, left.signal);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await events.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      // A generator that waits cannot be told to return.
      cancel: () => left.abort(),
    },
    { highWaterMark: 0 },
  );
}

async function* notificationEvents(
  { patient, user, lastEventId, until }: Listener,
  left: AbortSignal,
): AsyncGenerator<string, void> {
  const end = Math.min(Date.now() + LIFETIME_MS, until);
  yield BEGINNING;
  let spoken = Date.now();
  let seen = lastEventId;
  /** Of the log entry that the last answer knew. */
  let applied: number | undefined;
  while (Date.now() < end && !left.aborted) {
    const timeout = Math.max(PAUSE_MS, Math.min(spoken + HEARTBEAT_MS, end) - Date.now());
    let text = "";
    let pause = PAUSE_MS;
    try {
      const news = await ask(patient(timeout), user, seen, applied);
      ({ seen, applied } = news);
      text = news.notifications.map(eventOf).join("");
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      // Nothing happened: that is what a question for news ends in.
      if (error.failure.kind !== "Timeout") {
        text = comment("the core does not answer");
        pause = FAILURE_PAUSE_MS;
      }
    }
    if (text === "" && Date.now() >= spoken + HEARTBEAT_MS) {
      if (await isGone(patient(timeout), user)) return;
      text = comment("still here");
    }
    if (text !== "") {
      yield text;
      spoken = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

type Notifications = Awaited<ReturnType<Core["library"]["notificationsOf"]>>["notifications"];

interface News {
  readonly notifications: Notifications;
  readonly seen: number;
  readonly applied: number;
}

async function ask(
  { library }: Core,
  user: number,
  seen: number | undefined,
  applied: number | undefined,
): Promise<News> {
  if (seen !== undefined) {
    const news = await library.notificationsOf(
      { user, after: seen },
      applied === undefined ? {} : { after: applied + 1 },
    );
    return { ...news, seen: news.notifications.at(-1)?.id ?? seen };
  }
  // Who begins gets the offers that are open, and of the rest what comes from now on.
  const kept = await library.notificationsOf({ user, after: 0 });
  const newest = kept.notifications.at(-1)?.id ?? 0;
  const open = await library.notificationsOf({ user, after: null }, { after: kept.applied });
  return {
    notifications: open.notifications.filter(({ id }) => id <= newest),
    seen: newest,
    applied: kept.applied,
  };
}

/** Its user was deleted. That it cannot be found out says nothing. */
async function isGone({ accounts }: Core, id: number): Promise<boolean> {
  try {
    return (await accounts.find({ id })) === null;
  } catch (error) {
    if (error instanceof CoreError) return false;
    throw error;
  }
}

function eventOf(notification: Notifications[number]): string {
  const { id, type, message, seat, reservation, waitlist, offer, created } = notification;
  const data = {
    id,
    type,
    message,
    seat_id: seat,
    reservation_id: reservation,
    waitlist_id: waitlist,
    offer: offer && {
      start_time: written(offer.start),
      end_time: written(offer.end),
      expires_at: written(offer.expires),
    },
    created_at: written(created),
  };
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

function comment(text: string): string {
  return `: ${text}\n\n`;
}
