/** Notifications as a stream: as they come, none twice, none lost when the client comes back. */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { until } from "../stack/until.ts";
import { type Front, PATIENCE } from "./front.ts";
import { at, configure, MINUTE_MS, newSeat, newStudent, reserve, type Student, soon, USUAL } from "./library-people.ts";

const DAY_MS = 86_400_000;

interface Stream {
  readonly events: EventSourceMessage[];
  readonly comments: string[];
  readonly retries: number[];
  readonly headers: Headers;
  readonly ended: Promise<void>;
  close(): void;
}

async function open(url: string, headers: Record<string, string> = {}): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const stream = { events: [], comments: [], retries: [] } as Pick<Stream, "events" | "comments" | "retries">;
  const parser = createParser({
    onEvent: (event) => stream.events.push(event),
    onComment: (comment) => stream.comments.push(comment),
    onRetry: (retry) => stream.retries.push(retry),
  });
  const read = async () => {
    const text = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const chunk of text) parser.feed(chunk);
  };
  const ended = read().catch(() => {});
  return { ...stream, headers: response.headers, ended, close: () => abort.abort() };
}

const dataOf = ({ events }: Stream) => events.map(({ data }) => JSON.parse(data));

/** Opened before all else and looked at last: it is silence that they show, and there is much to do meanwhile. */
export interface QuietStreams {
  readonly heard: Stream;
  /** Its user was deleted. */
  readonly gone: Stream;
  readonly expiring: Stream;
  /** Of whom a stream was open, and is not any more. */
  readonly left: Student;
}

const notificationsUrl = (front: Front) => `${front.url}/notifications/stream`;

/** How often the core was asked about something of the user's. */
const asked = (front: Front, { id }: Student) =>
  front.core.calls.filter(({ input }) => Object(input).user === id).length;

/** For the suite around it. */
export function quietStreams(front: () => Front): () => QuietStreams {
  let quiet: QuietStreams;
  beforeAll(async () => {
    const openFor = (token: string) => open(notificationsUrl(front()), { authorization: `Bearer ${token}` });
    const [heard, leaver, expiring, left] = [
      await newStudent(front()),
      await newStudent(front()),
      await newStudent(front()),
      await newStudent(front()),
    ];
    quiet = {
      heard: await openFor(heard.token),
      gone: await openFor(leaver.token),
      // Good for some seconds more.
      expiring: await openFor(await front().credentials.issue(expiring.id, Date.now() - DAY_MS + 6_000)),
      left,
    };
    const leaving = await openFor(left.token);
    await until("the core is asked for news", PATIENCE.timeout, () => asked(front(), left) > 1);
    leaving.close();
    await front().core.call({ group: "accounts", name: "remove", input: { id: leaver.id } });
  });
  afterAll(() => {
    for (const stream of [quiet.heard, quiet.gone, quiet.expiring]) stream.close();
  });
  return () => quiet;
}

export function quietSuite(front: () => Front, quiet: () => QuietStreams): void {
  test("a stream costs nothing any more when its client has left", async () => {
    // Everything that happens would be a reason to ask again.
    let before = -1;
    const isStill = async () => {
      const now = asked(front(), quiet().left);
      const still = now === before;
      before = now;
      await newSeat(front());
      return still;
    };
    // An isolate notices when it next gives a sign of life, the process of the gateway sooner.
    const timeout = front().runtime.kind === "node" ? 5_000 : 15_000;
    await expect.poll(isStill, { timeout, interval: 150 }).toBe(true);
  });

  test("it gives a sign of life at least every ten seconds, and ends with its token, or when its user was deleted", async () => {
    await expect.poll(() => quiet().heard.comments, PATIENCE).toContainEqual(expect.stringContaining("still here"));
    await Promise.all([quiet().gone.ended, quiet().expiring.ended]);
  }, 20_000);
}

export function notificationsSuite(front: () => Front): void {
  const student = () => newStudent(front());
  const url = () => notificationsUrl(front());
  const streams: Stream[] = [];
  const listen = async ({ token }: Student, headers: Record<string, string> = {}): Promise<Stream> => {
    const stream = await open(url(), { authorization: `Bearer ${token}`, ...headers });
    streams.push(stream);
    return stream;
  };
  const wait = ({ call }: Student, seat_id: number, desired_time: string) =>
    call("/waitlist", { json: { seat_id, desired_time } });
  const cancel = ({ call }: Student, id: number) => call(`/reservations/${id}`, { method: "DELETE" });

  /** A seat that somebody waits for, and how it becomes free. */
  async function wanted(waiting: Student): Promise<{ seat: number; free(): Promise<unknown> }> {
    const seat = await newSeat(front());
    const ada = await student();
    const id = await reserve(ada, seat, at(10), at(12));
    await wait(waiting, seat, at(10));
    return { seat, free: () => cancel(ada, id) };
  }

  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await configure(front(), USUAL);
  });

  test("begins at once with how soon to come again, before anything happened", async () => {
    const stream = await listen(await student());
    expect(stream.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.headers.get("cache-control")).toBe("no-store");
    await expect.poll(() => stream.retries, PATIENCE).toEqual([1000]);
    expect(stream.comments).toHaveLength(1);
  });

  test("tells who waited of the seat that is held for them, in one line of JSON without a name", async () => {
    const bob = await student();
    const stream = await listen(bob);
    const { seat, free } = await wanted(bob);
    await free();
    await expect.poll(() => stream.events.length, PATIENCE).toBe(1);
    const [event] = stream.events;
    expect(event?.event).toBeUndefined();
    const [data] = dataOf(stream);
    expect(data).toEqual({
      id: Number(event?.id),
      type: "offer",
      message: expect.any(String),
      seat_id: seat,
      reservation_id: null,
      waitlist_id: expect.any(Number),
      offer: { start_time: at(10), end_time: at(12), expires_at: expect.stringMatching(/Z$/) },
      created_at: expect.stringMatching(/Z$/),
    });
    const lasts = Date.parse(data.offer.expires_at) - Date.parse(data.created_at);
    expect(lasts).toBe(10 * MINUTE_MS);
  });

  test("tells of a no-show when its time has come, and others hear nothing", async () => {
    const [ada, bob] = [await student(), await student()];
    const [own, other] = [await listen(ada), await listen(bob)];
    const id = await reserve(ada, await newSeat(front()), soon(50), soon(60 * MINUTE_MS));
    await configure(front(), { grace: 50 });
    await expect
      .poll(() => dataOf(own), PATIENCE)
      .toMatchObject([{ type: "no_show", reservation_id: id, offer: null }]);
    expect(other.events).toEqual([]);
  });

  test("begins with the offers that are open; with Last-Event-ID it goes on after that event", async () => {
    const bob = await student();
    const [one, two, three] = [await wanted(bob), await wanted(bob), await wanted(bob)];
    await one.free();
    await two.free();
    const first = await listen(bob);
    await expect.poll(() => dataOf(first).map(({ seat_id }) => seat_id), PATIENCE).toEqual([one.seat, two.seat]);
    first.close();
    // What was offered is taken, and is news no more for who begins.
    await reserve(bob, one.seat, at(10), at(12));
    await three.free();
    const resumed = await listen(bob, { "last-event-id": first.events[0]?.id ?? "" });
    await expect.poll(() => dataOf(resumed).map(({ seat_id }) => seat_id), PATIENCE).toEqual([two.seat, three.seat]);
    for (const garbage of ["", "garbage", "-1", "1e3", "99999999999999999999"]) {
      const begun = await listen(bob, { "last-event-id": garbage });
      await expect.poll(() => dataOf(begun).map(({ seat_id }) => seat_id), PATIENCE).toEqual([two.seat, three.seat]);
    }
    const four = await wanted(bob);
    await four.free();
    await expect.poll(() => dataOf(resumed).at(-1)?.seat_id, PATIENCE).toBe(four.seat);
    expect(resumed.events).toHaveLength(3);
  });

  test("who begins after a no-show is not told of it, but of the next thing", async () => {
    const ada = await student();
    const first = await listen(ada);
    await reserve(ada, await newSeat(front()), soon(50), soon(60 * MINUTE_MS));
    await configure(front(), { grace: 50 });
    await expect.poll(() => first.events.length, PATIENCE).toBe(1);
    await configure(front(), USUAL);
    const second = await listen(ada);
    const { seat, free } = await wanted(ada);
    await free();
    await expect.poll(() => dataOf(second), PATIENCE).toMatchObject([{ type: "offer", seat_id: seat }]);
  });

  test("outlasts a core that does not answer: it says so, and goes on", async () => {
    const bob = await student();
    const { seat, free } = await wanted(bob);
    const stream = await listen(bob);
    front().core.failure = { kind: "NoLeader", message: "" };
    await expect.poll(() => stream.comments, PATIENCE).toContainEqual(expect.stringContaining("does not answer"));
    front().core.failure = undefined;
    await free();
    await expect.poll(() => dataOf(stream), PATIENCE).toMatchObject([{ type: "offer", seat_id: seat }]);
  });

  test("is told by waiting, not by asking again and again", async () => {
    const calls = () =>
      front().core.calls.filter(
        ({ name, input }) =>
          name === "notificationsOf" && Object(input).user === bob.id && Object(input).after !== null,
      );
    const bob = await student();
    const { free } = await wanted(bob);
    const stream = await listen(bob);
    await expect.poll(() => stream.comments.length, PATIENCE).toBe(1);
    await free();
    await expect.poll(() => stream.events.length, PATIENCE).toBe(1);
    // Each other entry of the log is one more answer at most, twenty a second; here there are three.
    expect(calls().length).toBeLessThan(10);
    expect(calls().at(-1)?.after).toBeGreaterThan(0);
  });

  test("is opened with a token only, in the header or in the query, and the token is in no log", async () => {
    const ada = await student();
    const lines = front().log.length;
    await expect(open(url())).rejects.toThrow("401");
    await expect(open(`${url()}?token=nonsense`)).rejects.toThrow("401");
    const stream = await open(`${url()}?token=${ada.token}`);
    await expect.poll(() => stream.retries, PATIENCE).toEqual([1000]);
    stream.close();
    expect(JSON.stringify(front().log.slice(lines))).not.toContain(ada.token);
  });
}
