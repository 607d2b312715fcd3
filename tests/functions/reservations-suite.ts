/** Reservations: who may have which seat when, what becomes of them, and the calendar of them. */
import { afterEach, describe, expect, test } from "vitest";
import { type Front, PATIENCE } from "./front.ts";
import {
  at,
  checkDocumented,
  configure,
  MINUTE_MS,
  newName,
  newSeat,
  newStudent,
  reserve,
  type Student,
  setBranch,
  setMaintenance,
  soon,
  USUAL,
} from "./library-people.ts";

const INVALID: [name: string, wish: Record<string, unknown>, error: RegExp][] = [
  ["an end before the start", { start_time: at(2), end_time: at(1) }, /^end_time must be after start_time/],
  ["no length", { end_time: at(1) }, /^end_time must be after start_time/],
  [
    "a start long ago",
    { start_time: "2020-01-01T10:00Z", end_time: "2020-01-01T11:00Z" },
    /^start_time is in the past/,
  ],
  ["25 hours", { end_time: at(26) }, /^end_time must be at most 24 hours after start_time/],
  ["a century", { end_time: "2130-01-01T00:00Z" }, /^end_time must be at most .* hours after start_time/],
  ["a time that the clocks skip", { start_time: "2030-03-31T02:30[Europe/Berlin]" }, /^start_time does not exist in/],
  ["a time that occurs twice", { end_time: "2030-10-27T02:30[Europe/Berlin]" }, /^end_time occurs twice in/],
  ["a date only", { start_time: "2030-01-07" }, /^start_time has a date only/],
  ["no start", { start_time: undefined }, /^start_time is missing/],
  ["a start that is a number", { start_time: 1_893_456_000 }, /^start_time must be a string/],
  ["no seat", { seat_id: undefined }, /^seat_id must be|^seat_id is missing/],
  ["a seat that is text", { seat_id: "1" }, /^seat_id must be an integer/],
  ["the seat 0", { seat_id: 0 }, /^seat_id must be an integer/],
];

export function reservationsSuite(front: () => Front): void {
  const student = () => newStudent(front());
  const wish = (seat_id: number, start_time: string, end_time: string) => ({ seat_id, start_time, end_time });
  const book = ({ call }: Student, seat: number, from: string, to: string, headers = {}) =>
    call("/reservations", { json: wish(seat, from, to), headers });
  const show = async ({ call }: Student, id: number) => Object((await call(`/reservations/${id}`)).body);
  const post = ({ call }: Student, path: string, headers = {}) => call(path, { method: "POST", headers });
  const remove = ({ call }: Student, path: string, headers = {}) => call(path, { method: "DELETE", headers });

  afterEach(async () => {
    await configure(front(), USUAL);
  });

  test("a seat is reserved, and the fields stand at the top and under `reservation`", async () => {
    const seat = await newSeat(front());
    const ada = await student();
    const answer = await book(ada, seat, "2030-01-07T11:00+01:00", at(12));
    const reservation = {
      id: expect.any(Number),
      user_id: ada.id,
      seat_id: seat,
      start_time: at(10),
      end_time: at(12),
      status: "CONFIRMED",
      created_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/),
      checked_in_at: null,
    };
    expect(answer).toMatchObject({ status: 201, body: { ...reservation, reservation } });
    checkDocumented(front(), "create_reservation", 201, answer.body);
  });

  test("two do not have a seat in the same instant; end and start may meet", async () => {
    const seat = await newSeat(front());
    const [ada, bob] = [await student(), await student()];
    await reserve(ada, seat, at(10), at(11));
    for (const [from, to] of [
      [10, 11],
      [9, 10.01],
      [10.5, 10.6],
      [9, 12],
    ] as const) {
      const answer = await book(bob, seat, at(from), at(to));
      expect(answer).toMatchObject({ status: 409, body: { error: expect.stringMatching(/conflict/) } });
    }
    await reserve(bob, seat, at(11), at(12));
    await reserve(bob, seat, at(9), at(10));
    const answers = await Promise.all([ada, bob, ada, bob].map((who) => book(who, seat, at(20), at(21))));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 409, 409, 409]);
  });

  test.each(INVALID)("with %s it is refused, and why", async (_, odd, error) => {
    const seat = await newSeat(front());
    const ada = await student();
    const answer = await ada.call("/reservations", { json: { ...wish(seat, at(1), at(2)), ...odd } });
    expect(answer).toMatchObject({ status: 422, body: { error: expect.stringMatching(error) } });
    expect(answer).toMatchObject({ body: { detail: [{ path: expect.any(String), message: expect.any(String) }] } });
    expect((await ada.call("/reservations")).body).toEqual({ reservations: [], count: 0 });
  });

  test("an unknown seat is 404, one in maintenance 409, another's user_id 403", async () => {
    const seat = await newSeat(front());
    const ada = await student();
    expect(await book(ada, 2 ** 31 - 1, at(1), at(2))).toMatchObject({ status: 404 });
    const json = { ...wish(seat, at(1), at(2)), user_id: ada.id + 1 };
    expect(await ada.call("/reservations", { json })).toMatchObject({ status: 403 });
    await setMaintenance(front(), seat, true);
    expect(await book(ada, seat, at(1), at(2))).toMatchObject({
      status: 409,
      body: { error: `seat ${seat} is in maintenance` },
    });
  });

  describe("opening hours", () => {
    /** Whether a seat of such a branch can be had in that local time. */
    async function canReserve(hours: string, zone: string, from: string, to: string): Promise<boolean> {
      const branch = newName("Branch");
      const seat = await newSeat(front(), { branch });
      await setBranch(front(), { branch, timeZone: zone, openingHours: hours });
      const answer = await book(await student(), seat, `${from}[${zone}]`, `${to}[${zone}]`);
      if (answer.status === 201) return true;
      expect(answer).toMatchObject({ status: 422, body: { error: expect.stringContaining("opening hours") } });
      return false;
    }
    const berlin = "Europe/Berlin";
    const howe = "Australia/Lord_Howe";
    // 2030-01-07 is a Monday.
    test.each([
      ["from opening to closing", "Mo-Fr 08:00-22:00", berlin, "2030-01-07T08:00", "2030-01-07T22:00", true],
      ["a minute before opening", "Mo-Fr 08:00-22:00", berlin, "2030-01-07T07:59", "2030-01-07T10:00", false],
      ["a minute after closing", "Mo-Fr 08:00-22:00", berlin, "2030-01-07T21:00", "2030-01-07T22:01", false],
      ["on a day without hours", "Mo-Fr 08:00-22:00", berlin, "2030-01-06T10:00", "2030-01-06T11:00", false],
      ["by the branch's clocks, not UTC", "Mo 08:00-09:00", "Asia/Tokyo", "2030-01-07T08:00", "2030-01-07T09:00", true],
      ["over a break at noon", "Mo 08:00-12:00,13:00-18:00", berlin, "2030-01-07T11:00", "2030-01-07T14:00", false],
      ["over midnight", "Mo 22:00-24:00; Tu 00:00-02:00", berlin, "2030-01-07T22:00", "2030-01-08T02:00", true],
      [
        "over a closed midnight",
        "Mo 22:00-24:00; Tu 00:01-02:00",
        berlin,
        "2030-01-07T23:00",
        "2030-01-08T01:00",
        false,
      ],
      ["up to midnight", "Mo 22:00-24:00", berlin, "2030-01-07T22:00", "2030-01-08T00:00", true],
      [
        "on the last day of a run over the weekend",
        "Sa-Mo 10:00-11:00",
        berlin,
        "2030-01-07T10:00",
        "2030-01-07T11:00",
        true,
      ],
      [
        "on a day that a later rule closes",
        "Mo-Su 08:00-22:00; Mo off",
        berlin,
        "2030-01-07T10:00",
        "2030-01-07T11:00",
        false,
      ],
      ["all of a day of 23 hours", "Mo-Su 00:00-24:00", berlin, "2030-03-31T00:00", "2030-04-01T00:00", true],
      ["from an opening that the clocks skip", "Su 02:30-05:00", berlin, "2030-03-31T03:00", "2030-03-31T05:00", true],
      [
        "before an opening that the clocks skip",
        "Su 02:30-05:00",
        berlin,
        "2030-03-31T01:59",
        "2030-03-31T05:00",
        false,
      ],
      ["to a closing that the clocks skip", "Su 00:00-02:30", berlin, "2030-03-31T01:00", "2030-03-31T03:00", true],
      ["after a closing that the clocks skip", "Su 00:00-02:30", berlin, "2030-03-31T01:00", "2030-03-31T03:01", false],
      ["through an hour that occurs twice", "Su 01:00-04:00", berlin, "2030-10-27T01:00", "2030-10-27T04:00", true],
      ["to the second of two closings", "Su 01:00-02:30", berlin, "2030-10-27T01:00", "2030-10-27T02:30+01:00", true],
      ["from the first of two openings", "Su 02:30-04:00", berlin, "2030-10-27T02:30+02:00", "2030-10-27T04:00", true],
      ["where half an hour is skipped", "Su 02:15-05:00", howe, "2030-10-06T02:30", "2030-10-06T05:00", true],
      ["where half an hour occurs twice", "Su 01:00-01:45", howe, "2030-04-07T01:00", "2030-04-07T01:45+10:30", true],
      [
        "past a half hour that occurs twice",
        "Su 01:00-01:45",
        howe,
        "2030-04-07T01:00",
        "2030-04-07T01:46+10:30",
        false,
      ],
    ])("allow or forbid a reservation %s", async (_, hours, zone, from, to, allowed) => {
      expect(await canReserve(hours, zone, from, to)).toBe(allowed);
    });

    test("all of a day of 25 hours is open, and longer than a reservation may last", async () => {
      const branch = newName("Branch");
      const seat = await newSeat(front(), { branch });
      await setBranch(front(), { branch, timeZone: berlin, openingHours: "Su 00:00-24:00" });
      const ada = await student();
      const day = () => book(ada, seat, `2030-10-27T00:00[${berlin}]`, `2030-10-28T00:00[${berlin}]`);
      expect(await day()).toMatchObject({ status: 422, body: { error: expect.stringContaining("at most 24 hours") } });
      await configure(front(), { longest: 25 * 60 * MINUTE_MS });
      expect(await day()).toMatchObject({ status: 201 });
    });
  });

  describe("limits", () => {
    test("hours a day are counted by the days of the branch, as long as they are", async () => {
      const branch = newName("Branch");
      const seat = await newSeat(front(), { branch });
      await setBranch(front(), { branch, timeZone: "Europe/Berlin", openingHours: "" });
      await configure(front(), { minutesPerDay: 120 });
      const ada = await student();
      const local = (from: string, to: string) => book(ada, seat, `${from}[Europe/Berlin]`, `${to}[Europe/Berlin]`);
      expect(await local("2030-01-07T10:00", "2030-01-07T11:00")).toMatchObject({ status: 201 });
      // An hour of this day, and one of the next.
      expect(await local("2030-01-07T23:00", "2030-01-08T01:00")).toMatchObject({ status: 201 });
      const refused = await local("2030-01-07T12:00", "2030-01-07T12:01");
      expect(refused).toMatchObject({ status: 429, body: { error: expect.stringContaining("hours a day") } });
      expect(await local("2030-01-08T12:00", "2030-01-08T13:00")).toMatchObject({ status: 201 });
      // From one to four, the clocks going forward, it is two hours.
      expect(await local("2030-03-31T01:00", "2030-03-31T04:00")).toMatchObject({ status: 201 });
      // From one to three, the clocks going back, it is three.
      expect(await local("2030-10-27T01:00", "2030-10-27T03:00")).toMatchObject({ status: 429 });
    });

    test("there are only so many open reservations, and cancelling one makes room", async () => {
      const seat = await newSeat(front());
      const ada = await student();
      await configure(front(), { openReservations: 1 });
      const first = await reserve(ada, seat, at(1), at(2));
      expect(await book(ada, seat, at(3), at(4))).toMatchObject({ status: 429 });
      await remove(ada, `/reservations/${first}`);
      expect(await book(ada, seat, at(3), at(4))).toMatchObject({ status: 201 });
    });
  });

  describe("what is one's own", () => {
    test("is shown with its seat and one's name", async () => {
      const branch = newName("Branch");
      const seat = await newSeat(front(), { branch, area: "Hall", hasPower: true });
      const ada = await student();
      const id = await reserve(ada, seat, at(1), at(2));
      const answer = await ada.call(`/reservations/${id}`);
      const detail = { id, branch, area: "Hall", has_power: true, has_monitor: false };
      const names = { student_id: ada.login, user_name: ada.name };
      const shown = { ...detail, ...names, status: "CONFIRMED", start_time: at(1) };
      expect(answer).toMatchObject({ status: 200, body: { ...shown, reservation: shown } });
      checkDocumented(front(), "reservation", 200, answer.body);
      for (const path of ["/reservations", "/reservations/mine"]) {
        const list = await ada.call(path);
        expect(list).toMatchObject({ status: 200, body: { reservations: [shown], count: 1 } });
        checkDocumented(front(), "my_reservations", 200, list.body);
      }
    });

    test("is listed by its start, by status, and without what is over", async () => {
      const seat = await newSeat(front());
      const ada = await student();
      const late = await reserve(ada, seat, at(5), at(6));
      const early = await reserve(ada, seat, at(1), at(2));
      await remove(ada, `/reservations/${late}`);
      const ids = async (query: string) => {
        const { reservations } = Object((await ada.call(`/reservations/mine${query}`)).body);
        return reservations.map(({ id }: { id: number }) => id);
      };
      expect(await ids("")).toEqual([early, late]);
      expect(await ids("?status=CANCELLED")).toEqual([late]);
      expect(await ids("?status=CONFIRMED&upcoming_only=false")).toEqual([early]);
      expect(await ids("?upcoming_only=true")).toEqual([early]);
      expect(await ada.call("/reservations/mine?status=LATE")).toMatchObject({
        status: 422,
        body: { error: expect.stringMatching(/^status must be one of/) },
      });
      expect(await ada.call("/reservations?upcoming_only=soon")).toMatchObject({ status: 422 });
    });

    test("is to others as if it did not exist", async () => {
      const seat = await newSeat(front());
      const [ada, eve] = [await student(), await student()];
      const id = await reserve(ada, seat, soon(MINUTE_MS), soon(60 * MINUTE_MS));
      const unknown = 2 ** 31 - 1;
      const asked = (path: (id: number) => string, method: string) =>
        Promise.all([id, unknown].map((each) => eve.call(path(each), { method })));
      for (const [path, method] of [
        [(each: number) => `/reservations/${each}`, "GET"],
        [(each: number) => `/reservations/${each}`, "DELETE"],
        [(each: number) => `/reservations/${each}/checkin`, "POST"],
      ] as const) {
        const [other, none] = await asked(path, method);
        expect(none?.status).toBe(404);
        expect(other?.status).toBe(404);
        expect(JSON.stringify(other?.body).replaceAll(String(id), "N")).toBe(
          JSON.stringify(none?.body).replaceAll(String(unknown), "N"),
        );
      }
      expect(await show(ada, id)).toMatchObject({ status: "CONFIRMED" });
    });
  });

  describe("checking in", () => {
    test("is possible a while before the start, and once", async () => {
      const seat = await newSeat(front());
      const ada = await student();
      const id = await reserve(ada, seat, soon(14 * MINUTE_MS), soon(60 * MINUTE_MS));
      const answer = await post(ada, `/reservations/${id}/checkin`);
      const reservation = { id, status: "CHECKED_IN", checked_in_at: expect.stringMatching(/Z$/) };
      expect(answer).toMatchObject({ status: 200, body: { ...reservation, reservation } });
      checkDocumented(front(), "check_in", 200, answer.body);
      expect(await post(ada, `/reservations/${id}/checkin`)).toMatchObject({
        status: 409,
        body: { error: `reservation ${id} is CHECKED_IN` },
      });
    });

    test("too early is refused, and from when it is possible is told", async () => {
      const ada = await student();
      const id = await reserve(ada, await newSeat(front()), soon(16 * MINUTE_MS), soon(60 * MINUTE_MS));
      expect(await post(ada, `/reservations/${id}/checkin`)).toMatchObject({
        status: 409,
        body: { error: expect.stringContaining("too early"), detail: expect.stringContaining("15 minutes before") },
      });
    });

    test("after the no-show is refused, and the seat is another's to take", async () => {
      const seat = await newSeat(front());
      const [ada, bob] = [await student(), await student()];
      const [from, to] = [soon(100), soon(60 * MINUTE_MS)];
      const id = await reserve(ada, seat, from, to);
      await configure(front(), { grace: 100 });
      await expect.poll(async () => (await show(ada, id)).status, PATIENCE).toBe("NO_SHOW");
      expect(await post(ada, `/reservations/${id}/checkin`)).toMatchObject({
        status: 409,
        body: { error: `reservation ${id} is NO_SHOW` },
      });
      expect(await remove(ada, `/reservations/${id}`)).toMatchObject({ status: 409 });
      await configure(front(), USUAL);
      expect(await book(bob, seat, from, to)).toMatchObject({ status: 201 });
    });

    test("ends with the reservation, which is then COMPLETED and cannot be cancelled", async () => {
      const ada = await student();
      const id = await reserve(ada, await newSeat(front()), soon(0), soon(400));
      await post(ada, `/reservations/${id}/checkin`);
      await expect.poll(async () => (await show(ada, id)).status, PATIENCE).toBe("COMPLETED");
      expect(await remove(ada, `/reservations/${id}`)).toMatchObject({
        status: 409,
        body: { error: `reservation ${id} is COMPLETED` },
      });
    });
  });

  test("what is cancelled says so, frees the seat, and is not cancelled twice", async () => {
    const seat = await newSeat(front());
    const ada = await student();
    const id = await reserve(ada, seat, at(1), at(2));
    const answer = await remove(ada, `/reservations/${id}`);
    const reservation = { id, status: "CANCELLED" };
    expect(answer).toMatchObject({ status: 200, body: { ...reservation, reservation, message: expect.any(String) } });
    checkDocumented(front(), "cancel_reservation", 200, answer.body);
    await reserve(ada, seat, at(1), at(2));
    expect(await remove(ada, `/reservations/${id}`)).toMatchObject({
      status: 409,
      body: { error: `reservation ${id} is CANCELLED` },
    });
  });

  describe("under an Idempotency-Key", () => {
    const key = () => ({ "idempotency-key": newName("key") });

    test("a reservation is made once, and the first answer stays, whatever happened since", async () => {
      const branch = newName("Branch");
      const seat = await newSeat(front(), { branch });
      const ada = await student();
      const headers = key();
      const first = await book(ada, seat, at(1), at(2), headers);
      expect(first.status).toBe(201);
      const again = () => book(ada, seat, at(1), at(2), headers);
      expect(await again()).toMatchObject({ status: 201, body: first.body });
      await remove(ada, `/reservations/${Object(first.body).id}`);
      await setMaintenance(front(), seat, true);
      await setBranch(front(), { branch, timeZone: "UTC", openingHours: "Su 10:00-11:00" });
      expect(await again()).toMatchObject({ status: 201, body: first.body });
      expect(await book(ada, seat, at(1), at(3), headers)).toMatchObject({ status: 422 });
    });

    test("a refusal stays too: of a seat that was taken, and of a branch that was closed", async () => {
      const branch = newName("Branch");
      const seat = await newSeat(front(), { branch });
      const [ada, bob] = [await student(), await student()];
      const id = await reserve(bob, seat, at(1), at(2));
      const [taken, closed] = [key(), key()];
      expect(await book(ada, seat, at(1), at(2), taken)).toMatchObject({ status: 409 });
      await setBranch(front(), { branch, timeZone: "UTC", openingHours: "Su 10:00-11:00" });
      expect(await book(ada, seat, at(3), at(4), closed)).toMatchObject({ status: 422 });
      await setBranch(front(), { branch, timeZone: "UTC", openingHours: "" });
      await remove(bob, `/reservations/${id}`);
      expect(await book(ada, seat, at(1), at(2), taken)).toMatchObject({ status: 409 });
      expect(await book(ada, seat, at(3), at(4), closed)).toMatchObject({ status: 422 });
    });

    test("a check-in and a cancellation answer again as they did", async () => {
      const ada = await student();
      const id = await reserve(ada, await newSeat(front()), soon(MINUTE_MS), soon(60 * MINUTE_MS));
      const [come, go] = [key(), key()];
      const checkedIn = await post(ada, `/reservations/${id}/checkin`, come);
      const cancelled = await remove(ada, `/reservations/${id}`, go);
      expect(await post(ada, `/reservations/${id}/checkin`, come)).toMatchObject({ status: 200, body: checkedIn.body });
      expect(await remove(ada, `/reservations/${id}`, go)).toMatchObject({ status: 200, body: cancelled.body });
    });
  });

  describe("the calendar", () => {
    /** RFC 5545, section 3.1: a line that begins with a blank goes on with the one before it. */
    const unfold = (text: string) => text.replaceAll("\r\n ", "").split("\r\n");
    const calendar = async ({ call }: Student) => {
      const { status, headers, body } = await call("/reservations/mine.ics");
      return { status, headers, text: String(body) };
    };

    test("has every reservation, escaped, folded and in UTC; what was cancelled says so", async () => {
      const branch = newName("Bücher, Brücken; Boote\\");
      const area = `Große Halle, ${"gläserne Galerie; ".repeat(8)}`.trim();
      const seat = await newSeat(front(), { branch, area });
      const ada = await student();
      const id = await reserve(ada, seat, at(10), at(12));
      const given = await reserve(ada, seat, at(14), at(15));
      await remove(ada, `/reservations/${given}`);
      const { status, headers, text } = await calendar(ada);
      expect(status).toBe(200);
      expect(headers.get("content-type")).toBe("text/calendar; charset=utf-8");
      expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
      for (const line of text.split("\r\n")) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      const escaped = branch.replace("\\", "\\\\").replaceAll(",", "\\,").replaceAll(";", "\\;");
      const place = `${escaped}\\, ${area.replaceAll(",", "\\,").replaceAll(";", "\\;")}`;
      const event = (number: number, sequence: number, from: string, to: string, says: string, kind: string) => [
        "BEGIN:VEVENT",
        `UID:reservation-${number}@tutti`,
        `SEQUENCE:${sequence}`,
        expect.stringMatching(/^DTSTAMP:\d{8}T\d{6}Z$/),
        `DTSTART:${from}`,
        `DTEND:${to}`,
        `SUMMARY:Seat ${seat}\\, ${escaped}`,
        `LOCATION:${place}`,
        `DESCRIPTION:${says}`,
        `STATUS:${kind}`,
        "END:VEVENT",
      ];
      expect(unfold(text)).toEqual([
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tutti//Library seats//EN",
        "NAME:Library seats",
        "X-WR-CALNAME:Library seats",
        ...event(id, 0, "20300107T100000Z", "20300107T120000Z", "CONFIRMED", "CONFIRMED"),
        ...event(given, 1, "20300107T140000Z", "20300107T150000Z", "CANCELLED", "CANCELLED"),
        "END:VCALENDAR",
        "",
      ]);
      expect((await calendar(ada)).text).toBe(text);
    });

    test("is one's own, may be asked for with the token in the query, and the token is in no log", async () => {
      const ada = await student();
      const lines = front().log.length;
      expect(unfold((await calendar(ada)).text)).not.toContain("BEGIN:VEVENT");
      const { status } = await ada.call(`/reservations/mine.ics?token=${ada.token}`, {
        headers: { authorization: "" },
      });
      expect(status).toBe(401);
      const response = await fetch(`${front().url}/reservations/mine.ics?token=${ada.token}`);
      expect(response.status).toBe(200);
      expect(await response.text()).toMatch(/^BEGIN:VCALENDAR\r\n/);
      expect(JSON.stringify(front().log.slice(lines))).not.toContain(ada.token);
    });
  });
}
