import { beforeEach, describe, expect, test } from "vitest";
import { at, Desk } from "./library-desk.ts";
import { accepts } from "./library-log.ts";

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});

function list(asked: object = {}): { ids?: number[]; revision: number; until: number | null; unchanged?: true } {
  const { seats, ...rest } = JSON.parse(JSON.stringify(desk.log.ask("seats", { now: desk.log.now, ...asked })));
  return seats === undefined ? rest : { ...rest, ids: seats.map(({ id }: { id: number }) => id) };
}

describe("seats", () => {
  test("come by id, with all that lists show", () => {
    expect(desk.log.ask("seats", { now: at(8), has_power: true })).toEqual({
      revision: 1,
      until: null,
      seats: [
        {
          id: 1,
          branch: "A",
          area: "Quiet",
          has_power: true,
          has_monitor: false,
          status: "AVAILABLE",
          is_available: true,
        },
      ],
    });
    expect(list().ids).toEqual([1, 2, 3]);
    expect(list({ branch: "B" }).ids).toEqual([3]);
    expect(list({ area: "Loud" }).ids).toEqual([]);
    expect(list({ has_power: false, has_monitor: false }).ids).toEqual([2, 3]);
    expect(list({ has_monitor: true }).ids).toEqual([]);
  });

  test("are OCCUPIED while somebody who has checked in has them, and not available whatever holds them", () => {
    desk.reserve(at(8), at(9));
    expect(desk.seat(1)).toMatchObject({ status: "AVAILABLE", is_available: false });
    desk.checkIn(1);
    expect(desk.seat(1)).toMatchObject({ status: "OCCUPIED", is_available: false });
    expect(desk.seat(1, { now: at(9) - 1 })).toMatchObject({ status: "OCCUPIED" });
    expect(desk.seat(1, { now: at(9) })).toMatchObject({ status: "AVAILABLE", is_available: true });
    expect(desk.seat(1, { start: at(9), end: at(10) })).toMatchObject({ status: "OCCUPIED", is_available: true });
    expect(desk.seat(1, { start: at(9) - 1, end: at(10) })).toMatchObject({ is_available: false });
    expect(desk.log.ask("seat", { id: 99, now: at(8) })).toBeNull();
  });

  test("in maintenance are neither available nor occupied", () => {
    desk.reserve(at(8), at(9));
    desk.checkIn(1);
    desk.run("setMaintenance", { seat: 1, maintenance: true });
    expect(desk.seat(1)).toMatchObject({ status: "MAINTENANCE", is_available: false });
    expect(list({ available_only: true }).ids).toEqual([2, 3]);
  });

  test("are taken out of the list when only available ones are asked for", () => {
    desk.reserve(at(9), at(10));
    expect(list({ available_only: true, start: at(9), end: at(10) }).ids).toEqual([2, 3]);
    expect(list({ available_only: true, start: at(10), end: at(11) }).ids).toEqual([1, 2, 3]);
    expect(list({ available_only: true }).ids).toEqual([1, 2, 3]);
    expect(list({ available_only: true, now: at(9) }).ids).toEqual([2, 3]);
  });

  test("say until when they stay so, without a command: over adjoining reservations, if nobody is there", () => {
    desk.reserve(at(9), at(10));
    desk.reserve(at(10), at(11), { user: 2 });
    expect(list().until).toBe(at(9));
    expect(list({ now: at(9) }).until).toBe(at(11));
    expect(list({ now: at(11) }).until).toBeNull();
    expect(list({ start: at(9), end: at(10) }).until).toBeNull();
    expect(list({ branch: "B" }).until).toBeNull();
    desk.passTo(at(8, 50));
    desk.checkIn(1);
    expect(list({ start: at(9), end: at(10) }).until).toBe(at(9));
    expect(list({ now: at(9) }).until).toBe(at(10));
    expect(list({ now: at(9), available_only: true }).until).toBe(at(11));
  });

  test("are left out of the answer while they are as known", () => {
    desk.reserve(at(9), at(10));
    const { revision, until } = list();
    const known = { revision, until };
    expect(list({ known })).toEqual({ unchanged: true, revision, until });
    expect(list({ known, now: at(9) - 1 }).unchanged).toBe(true);
    expect(list({ known, now: at(9) }).ids).toEqual([1, 2, 3]);
    desk.wait(2, at(10));
    desk.run("configure", { early: 0 });
    desk.run("setSeats", { seats: [] });
    expect(list({ known }).unchanged).toBe(true);
    expect(list({ known: { revision, until: null }, now: at(9) }).unchanged).toBe(true);
  });

  test.each([
    ["a reservation", () => desk.reserve(at(12), at(13))],
    ["a cancellation", () => desk.cancel(1)],
    ["a check-in", () => desk.checkIn(1)],
    ["a no-show", () => desk.passTo(at(8, 15))],
    ["maintenance", () => desk.run("setMaintenance", { seat: 2, maintenance: true })],
    [
      "a change of a seat",
      () => desk.run("setSeats", { seats: [{ ...Object(desk.log.state.seats.get(2)), area: "X" }] }),
    ],
  ])("have another revision after %s", (_, change) => {
    desk.reserve(at(8), at(9));
    const { revision } = list();
    change();
    expect(list({ known: { revision, until: null } }).unchanged).toBeUndefined();
    expect(list().revision).toBe(desk.log.index);
  });

  test("have another revision after an offer is made, and after one ends", () => {
    desk.reserve(at(10), at(11));
    desk.wait(2, at(10));
    desk.cancel(1);
    expect(list().revision).toBe(desk.log.index);
    desk.run("leaveWaitlist", { entry: 1, user: 2 });
    expect(list().revision).toBe(desk.log.index);
  });

  test("are asked for in a time with both ends, or in none", () => {
    expect(accepts("seats", { now: 1, start: 1, end: 2 })).toBe(true);
    for (const wrong of [{ start: 1 }, { end: 1 }, { start: 2, end: 2 }, { start: 3, end: 2 }]) {
      expect(accepts("seats", { now: 1, ...wrong })).toBe(false);
      expect(accepts("seat", { id: 1, now: 1, ...wrong })).toBe(false);
    }
  });

  test("are set: added, changed, and the same again changes nothing", () => {
    const seat = { id: 7, branch: "C", area: "", has_power: true, has_monitor: true, maintenance: false };
    expect(desk.run("setSeats", { seats: [seat] })).toEqual({ outcome: "set", index: 2, seats: 4 });
    expect(desk.run("setSeats", { seats: [{ ...seat, surplus: 1 }] })).toMatchObject({ seats: 4 });
    expect(list().revision).toBe(2);
    desk.run("setSeats", { seats: [{ ...seat, has_power: false }] });
    expect(desk.seat(7)).toMatchObject({ has_power: false, branch: "C" });
  });
});

describe("branches", () => {
  test("count their seats; a seat brings its branch along, in UTC and always open", () => {
    const none = { time_zone: "UTC", opening_hours: "" };
    desk.run("setBranch", { branch: "D", time_zone: "Europe/Berlin", opening_hours: "Mo-Fr 08:00-22:00" });
    expect(desk.log.ask("branches", {})).toEqual([
      { branch: "A", ...none, total_seats: 2, power_seats: 1, monitor_seats: 0 },
      { branch: "B", ...none, total_seats: 1, power_seats: 0, monitor_seats: 0 },
      {
        branch: "D",
        time_zone: "Europe/Berlin",
        opening_hours: "Mo-Fr 08:00-22:00",
        total_seats: 0,
        power_seats: 0,
        monitor_seats: 0,
      },
    ]);
    desk.run("setBranch", { branch: "A", time_zone: "Asia/Tokyo", opening_hours: "" });
    expect(desk.log.ask("seat", { id: 1, now: at(8) })).toMatchObject({ branch: { time_zone: "Asia/Tokyo" } });
  });
});
