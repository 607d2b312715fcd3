/** Which seats there are, which are free when, and that a list that was kept is never an old one. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { CoreCall } from "../../consensus-nodes/client/core-channel.ts";
import { type Front, http, PATIENCE } from "./front.ts";
import {
  at,
  checkDocumented,
  MINUTE_MS,
  newName,
  newSeat,
  newStudent,
  reserve,
  setBranch,
  setMaintenance,
  soon,
} from "./library-people.ts";

const REFUSED_TIMES: [time: string, error: RegExp][] = [
  ["tomorrow", /^start_time must be an ISO 8601 time/],
  ["2030-01-07", /^start_time has a date only/],
  ["2030-02-30T10:00", /^start_time names a day or a time of day that no calendar has/],
  ["2030-01-07T24:01", /^start_time names a day or a time of day that no calendar has/],
  ["2030-01-07T10:00+24:00", /^start_time must be an ISO 8601 time/],
  ["2030-01-07T10:00[Mars/Base]", /^start_time has an unknown time zone, "Mars\/Base"/],
  ["2030-03-31T02:30[Europe/Berlin]", /^start_time does not exist in Europe\/Berlin: the clocks go forward then/],
  ["2030-03-31T02:30+01:00[Europe/Berlin]", /^start_time does not exist in Europe\/Berlin/],
  ["2030-10-06T02:15[Australia/Lord_Howe]", /^start_time does not exist in Australia\/Lord_Howe/],
  ["2030-10-27T02:30[Europe/Berlin]", /^start_time occurs twice in Europe\/Berlin: .* \+02:00 or \+01:00/],
  ["2030-04-07T01:45[Australia/Lord_Howe]", /^start_time occurs twice in .* \+11:00 or \+10:30/],
  ["2030-01-07T10:00+02:00[Europe/Berlin]", /^start_time has an offset that Europe\/Berlin does not have then/],
  ["1969-12-31T23:59:59Z", /^start_time must be from 1970 to 9998/],
  ["x".repeat(101), /^start_time must have at most 100 characters/],
];

const TAKEN_TIMES: [time: string, inUtc: string][] = [
  ["2030-01-07T10:00:00", "2030-01-07T10:00:00Z"],
  ["2030-01-07T10:00", "2030-01-07T10:00:00Z"],
  ["2030-01-07t10:00:00.5z", "2030-01-07T10:00:00.500Z"],
  ["2030-01-07T10:00:00.123456789Z", "2030-01-07T10:00:00.123Z"],
  ["2030-01-07T10:00:00+01:00", "2030-01-07T09:00:00Z"],
  ["2030-01-07T10:00:00-0330", "2030-01-07T13:30:00Z"],
  ["2030-01-07T10:00[Europe/Berlin]", "2030-01-07T09:00:00Z"],
  ["2030-01-07T10:00Z[Europe/Berlin]", "2030-01-07T10:00:00Z"],
  ["2030-03-31T03:00[Europe/Berlin]", "2030-03-31T01:00:00Z"],
  ["2030-10-27T02:30+02:00[Europe/Berlin]", "2030-10-27T00:30:00Z"],
  ["2030-10-27T02:30+01:00[Europe/Berlin]", "2030-10-27T01:30:00Z"],
  ["2030-04-07T01:45+10:30[Australia/Lord_Howe]", "2030-04-06T15:15:00Z"],
  ["2030-10-06T02:30[Australia/Lord_Howe]", "2030-10-05T15:30:00Z"],
];

export function seatsSuite(front: () => Front): void {
  const student = () => newStudent(front());
  const seatsOf = ({ body }: { readonly body: unknown }): { id: number; is_available: boolean }[] => Object(body).seats;
  const query = (filters: Record<string, string>) => `/seats?${new URLSearchParams(filters)}`;

  test("seats are listed by branch, area, power, monitor, and whether they are free", async () => {
    const branch = newName("Main Library, East & West");
    const plain = await newSeat(front(), { branch, area: "Silent" });
    const powered = await newSeat(front(), { branch, area: "Group", hasPower: true });
    const both = await newSeat(front(), { branch, area: "Group", hasPower: true, hasMonitor: true });
    const { call } = await student();
    const ids = async (filters: Record<string, string>) => {
      const answer = await call(query({ branch, ...filters }));
      checkDocumented(front(), "seats", 200, answer.body);
      expect(answer).toMatchObject({ status: 200, body: { count: seatsOf(answer).length } });
      return seatsOf(answer).map(({ id }) => id);
    };
    expect(await ids({})).toEqual([plain, powered, both]);
    expect(await ids({ area: "Group" })).toEqual([powered, both]);
    expect(await ids({ has_power: "true" })).toEqual([powered, both]);
    expect(await ids({ has_power: "1", has_monitor: "0" })).toEqual([powered]);
    expect(await ids({ has_power: "False" })).toEqual([plain]);
    expect(await ids({ area: "", start_time: "", end_time: "", nonsense: "?" })).toEqual([plain, powered, both]);
    expect(await ids({ area: "Elsewhere" })).toEqual([]);
    await setMaintenance(front(), plain, true);
    expect(await ids({ available_only: "true" })).toEqual([powered, both]);
    expect(seatsOf(await call("/seats")).length).toBeGreaterThanOrEqual(3);
  });

  test("a seat is not available in the time that somebody has it, and is before and after", async () => {
    const branch = newName("Branch");
    const seat = await newSeat(front(), { branch });
    const ada = await student();
    await reserve(ada, seat, at(10), at(12));
    const available = async (from: number, to: number) => {
      const window = { start_time: at(from), end_time: at(to) };
      const [listed] = seatsOf(await ada.call(query({ branch, ...window })));
      const free = seatsOf(await ada.call(query({ branch, available_only: "true", ...window })));
      const asked = await ada.call(`/seats/${seat}/availability?${new URLSearchParams(window)}`);
      checkDocumented(front(), "seat_availability", 200, asked.body);
      expect(asked).toEqual({
        ...asked,
        status: 200,
        body: { seat_id: seat, available: listed?.is_available, ...window },
      });
      expect(free).toHaveLength(listed?.is_available ? 1 : 0);
      return listed?.is_available;
    };
    expect(await available(8, 10)).toBe(true);
    expect(await available(12, 13)).toBe(true);
    expect(await available(9, 10.5)).toBe(false);
    expect(await available(11, 11.5)).toBe(false);
    expect(await available(9, 13)).toBe(false);
  });

  test("a seat says that somebody is checked in, or that it is in maintenance", async () => {
    const seat = await newSeat(front(), { hasPower: true });
    const ada = await student();
    const shown = async () => Object((await ada.call(`/seats/${seat}`)).body).seat;
    expect(await shown()).toMatchObject({ id: seat, has_power: true, status: "AVAILABLE", is_available: true });
    const reservation = await reserve(ada, seat, soon(-1000), soon(60 * MINUTE_MS));
    expect(await shown()).toMatchObject({ status: "AVAILABLE", is_available: false });
    await ada.call(`/reservations/${reservation}/checkin`, { method: "POST" });
    expect(await shown()).toMatchObject({ status: "OCCUPIED", is_available: false });
    await setMaintenance(front(), seat, true);
    expect(await shown()).toMatchObject({ status: "MAINTENANCE", is_available: false });
    checkDocumented(front(), "seat", 200, (await ada.call(`/seats/${seat}`)).body);
  });

  test("branches count their seats", async () => {
    const branch = newName("Branch");
    await newSeat(front(), { branch, hasPower: true });
    await newSeat(front(), { branch, hasPower: true, hasMonitor: true });
    await newSeat(front(), { branch });
    await setBranch(front(), { branch, timeZone: "Europe/Berlin", openingHours: "Mo 08:00-22:00" });
    const answer = await (await student()).call("/branches");
    checkDocumented(front(), "branches", 200, answer.body);
    expect(Object(answer.body).branches).toContainEqual({
      branch,
      total_seats: 3,
      power_seats: 2,
      monitor_seats: 1,
      time_zone: "Europe/Berlin",
      opening_hours: "Mo 08:00-22:00",
    });
  });

  test("a seat whose branch is closed is not available, also when nobody has it", async () => {
    const branch = newName("Branch");
    const seat = await newSeat(front(), { branch });
    await setBranch(front(), { branch, timeZone: "UTC", openingHours: "Mo 08:00-12:00" });
    const { call } = await student();
    const path = (from: number, to: number) =>
      `/seats/${seat}/availability?${new URLSearchParams({ start_time: at(from), end_time: at(to) })}`;
    expect((await call(path(8, 12))).body).toMatchObject({ available: true });
    expect((await call(path(8, 12.5))).body).toMatchObject({ available: false });
    expect((await call(path(8, 24 * 365))).body).toMatchObject({ available: false });
  });

  test.each([
    ["an end before the start", { start_time: at(2), end_time: at(1) }, /^end_time must be after start_time/],
    ["a start alone", { start_time: at(1) }, /^end_time is missing/],
    ["an end alone", { end_time: at(1) }, /^start_time is missing/],
    ["neither yes nor no", { has_power: "maybe" }, /^has_power must be true, false, 1 or 0/],
    ["a name that is too long", { branch: "x".repeat(201) }, /^branch must have at most 200/],
  ])("a list with %s is refused", async (_, filters, error) => {
    const answer = await (await student()).call(query(filters));
    expect(answer).toMatchObject({ status: 422, body: { error: expect.stringMatching(error) } });
  });

  test.each(REFUSED_TIMES)("the time %.60s is refused, and why", async (time, error) => {
    const answer = await (await student()).call(query({ start_time: time, end_time: at(1e4) }));
    expect(answer).toMatchObject({ status: 422, body: { error: expect.stringMatching(error) } });
  });

  test("an offset whose plus was lost in the query is refused with a hint", async () => {
    const answer = await (await student()).call(`/seats?start_time=2030-01-07T10:00:00+01:00&end_time=${at(99)}`);
    expect(answer).toMatchObject({ status: 422, body: { error: expect.stringContaining("%2B") } });
  });

  test("times are taken in every form, and told in UTC", async () => {
    const seat = await newSeat(front());
    const { call } = await student();
    for (const [time, inUtc] of TAKEN_TIMES) {
      const window = new URLSearchParams({ start_time: time, end_time: "2031-01-01T00:00Z" });
      const answer = await call(`/seats/${seat}/availability?${window}`);
      expect(answer.body, time).toMatchObject({ start_time: inUtc, end_time: "2031-01-01T00:00:00Z" });
    }
  });

  test.each(["0", "-1", "1.5", "one", "2147483648", "99999999999"])("the seat %s is no seat's id", async (id) => {
    const answer = await (await student()).call(`/seats/${id}`);
    expect(answer).toMatchObject({ status: 422, body: { error: expect.stringMatching(/^id must be an integer/) } });
  });

  test("a seat that there is not is 404", async () => {
    const { call } = await student();
    const error = expect.stringContaining("no seat 2147483647");
    expect(await call("/seats/2147483647")).toMatchObject({ status: 404, body: { error } });
    const window = new URLSearchParams({ start_time: at(1), end_time: at(2) });
    expect(await call(`/seats/2147483647/availability?${window}`)).toMatchObject({ status: 404, body: { error } });
    expect(await call("/seats/1/availability")).toMatchObject({ status: 422 });
  });

  test.each(["/seats", "/seats/1", "/branches", "/reservations", "/reservations/mine.ics", "/waitlist/mine"])(
    "%s needs a token",
    async (path) => {
      expect(await http(front(), path)).toMatchObject({ status: 401, body: { error: expect.any(String) } });
      const authorization = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.";
      expect(await http(front(), path, { headers: { authorization } })).toMatchObject({ status: 401 });
    },
  );

  describe("a list that is kept", () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    /** Counts lists that the core has made, and such that it has only confirmed. */
    function count() {
      const counts = { made: 0, confirmed: 0 };
      const core = front().core;
      const plain = core.call.bind(core);
      vi.spyOn(core, "call").mockImplementation(async (call: CoreCall) => {
        const reply = await plain(call);
        if (call.group === "library" && call.name === "seats" && reply.ok) {
          counts[Object(reply.value).unchanged === true ? "confirmed" : "made"] += 1;
        }
        return reply;
      });
      return counts;
    }

    test("is made once while nothing changes, and anew after every change that touches it", async () => {
      const branch = newName("Branch");
      const seat = await newSeat(front(), { branch });
      const ada = await student();
      const window = { start_time: at(10), end_time: at(11) };
      const counts = count();
      const list = async (filters: Record<string, string> = {}) => {
        const [shown] = seatsOf(await ada.call(query({ branch, ...filters })));
        return { available: shown?.is_available, ...counts };
      };
      expect(await list(window)).toEqual({ available: true, made: 1, confirmed: 0 });
      for (const confirmed of [1, 2, 3]) expect(await list(window)).toEqual({ available: true, made: 1, confirmed });
      expect(await list()).toEqual({ available: true, made: 2, confirmed: 3 });
      const reservation = await reserve(ada, seat, at(10), at(11));
      expect(await list(window)).toEqual({ available: false, made: 3, confirmed: 3 });
      expect(await list(window)).toEqual({ available: false, made: 3, confirmed: 4 });
      await ada.call(`/reservations/${reservation}`, { method: "DELETE" });
      expect(await list(window)).toEqual({ available: true, made: 4, confirmed: 4 });
      await setMaintenance(front(), seat, true);
      expect(await list(window)).toEqual({ available: false, made: 5, confirmed: 4 });
    });

    test("is made anew when time alone changes it", async () => {
      const branch = newName("Branch");
      const seat = await newSeat(front(), { branch });
      const ada = await student();
      await reserve(ada, seat, soon(400), soon(60 * MINUTE_MS));
      const counts = count();
      const available = async () => seatsOf(await ada.call(query({ branch })))[0]?.is_available;
      expect(await available()).toBe(true);
      await expect.poll(available, PATIENCE).toBe(false);
      expect(counts.made).toBe(2);
      expect(counts.confirmed).toBeGreaterThan(0);
    });
  });
}
