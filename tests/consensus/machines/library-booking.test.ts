import { beforeEach, describe, expect, test } from "vitest";
import { at, Desk } from "./library-desk.ts";
import { accepts, HOUR, MINUTE } from "./library-log.ts";

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});

describe("a reservation", () => {
  test("is CONFIRMED, and holds the seat for its time", () => {
    const days = [{ day: "2026-11-21", minutes: 60 }];
    expect(desk.reserve(at(10), at(11), { days })).toEqual({
      outcome: "reserved",
      index: 2,
      reservation: {
        id: 1,
        user: 1,
        seat: 1,
        start: at(10),
        end: at(11),
        status: "CONFIRMED",
        created: at(8),
        checkedIn: null,
        days,
      },
    });
    expect(desk.actions(1)).toEqual([["reserved", 1]]);
  });

  test.each([
    ["the same time", at(10), at(11)],
    ["a part of it", at(10, 20), at(10, 30)],
    ["all of it and more", at(9), at(12)],
    ["its first millisecond", at(9), at(10) + 1],
    ["its last millisecond", at(11) - 1, at(12)],
  ])("refuses another at %s: conflict", (_, start, end) => {
    desk.reserve(at(10), at(11));
    expect(desk.reserve(start, end, { user: 2 })).toEqual({ outcome: "conflict", index: 3 });
    expect(desk.reserve(start, end, { seat: 2 }).outcome).toBe("reserved");
  });

  test("lets another begin when it ends, and end when it begins", () => {
    desk.reserve(at(10), at(11));
    expect(desk.reserve(at(11), at(12)).outcome).toBe("reserved");
    expect(desk.reserve(at(9), at(10)).outcome).toBe("reserved");
    expect(desk.reserve(at(9, 59), at(10)).outcome).toBe("conflict");
  });

  test("a long one before many short ones is still met", () => {
    desk.reserve(at(9), at(15));
    desk.reserve(at(15), at(16));
    expect(desk.reserve(at(14), at(15)).outcome).toBe("conflict");
  });

  test("of an unknown seat is refused: no-seat", () => {
    expect(desk.reserve(at(10), at(11), { seat: 99 }).outcome).toBe("no-seat");
  });

  test("of a seat in maintenance is refused until that is over; those that there were stay", () => {
    desk.reserve(at(12), at(13));
    expect(desk.run("setMaintenance", { seat: 1, maintenance: true })).toMatchObject({ outcome: "set" });
    expect(desk.reserve(at(10), at(11)).outcome).toBe("maintenance");
    expect(desk.statusOf(1)).toBe("CONFIRMED");
    desk.run("setMaintenance", { seat: 1, maintenance: false });
    expect(desk.reserve(at(10), at(11)).outcome).toBe("reserved");
    expect(desk.run("setMaintenance", { seat: 99, maintenance: true }).outcome).toBe("absent");
  });

  test("that began so long ago that nobody could check in any more is past", () => {
    expect(desk.reserve(at(7, 45), at(9)).outcome).toBe("past");
    expect(desk.reserve(at(7, 45) + 1, at(9)).outcome).toBe("reserved");
    expect(desk.reserve(at(7, 55), at(8), { seat: 2 }).outcome).toBe("past");
    expect(desk.reserve(at(7, 55), at(8) + 1, { seat: 2 }).outcome).toBe("reserved");
  });

  test("may be as long as the longest, and no longer", () => {
    expect(desk.reserve(at(10), at(34) + 1).outcome).toBe("too-long");
    expect(desk.reserve(at(10), at(34)).outcome).toBe("reserved");
    desk.run("configure", { longest: HOUR });
    expect(desk.reserve(at(10), at(11) + 1, { seat: 2 }).outcome).toBe("too-long");
  });

  test.each([
    ["its end before its start", { start: at(11), end: at(10) }],
    ["no length", { start: at(10), end: at(10) }],
    ["half a millisecond", { start: at(10) + 0.5 }],
    ["an instant before 1970", { start: -1 }],
    ["a seat 0", { seat: 0 }],
    ["a user that is no int32", { user: 2 ** 31 }],
    ["one day twice", { days: [1, 2].map((minutes) => ({ day: "2026-11-21", minutes })) }],
    ["a day that is none", { days: [{ day: "today", minutes: 1 }] }],
  ])("with %s does not get into the log", (_, wrong) => {
    const right = { user: 1, seat: 1, start: at(10), end: at(11), days: [] };
    expect(accepts("reserve", right)).toBe(true);
    expect(accepts("reserve", { ...right, ...wrong })).toBe(false);
  });

  test("more on one day than a user may is refused, whatever the seat: limit-hours", () => {
    desk.run("configure", { minutesPerDay: 120 });
    const days = (day: string, minutes: number) => ({ days: [{ day, minutes }] });
    expect(desk.reserve(at(10), at(11), days("2026-11-21", 60)).outcome).toBe("reserved");
    expect(desk.reserve(at(12), at(13), { seat: 2, ...days("2026-11-21", 61) }).outcome).toBe("limit-hours");
    expect(desk.reserve(at(12), at(13), { seat: 2, ...days("2026-11-22", 61) }).outcome).toBe("reserved");
    expect(desk.reserve(at(14), at(15), days("2026-11-21", 60)).outcome).toBe("reserved");
    expect(desk.reserve(at(16), at(17), { user: 2, ...days("2026-11-21", 60) }).outcome).toBe("reserved");
    desk.cancel(1);
    expect(desk.reserve(at(17), at(18), days("2026-11-21", 61)).outcome).toBe("limit-hours");
    expect(desk.reserve(at(17), at(18), days("2026-11-21", 60)).outcome).toBe("reserved");
  });

  test("one open reservation more than a user may have is refused: limit-open", () => {
    desk.run("configure", { openReservations: 2 });
    desk.reserve(at(8), at(9));
    desk.reserve(at(10), at(11));
    expect(desk.reserve(at(12), at(13)).outcome).toBe("limit-open");
    expect(desk.reserve(at(12), at(13), { user: 2 }).outcome).toBe("reserved");
    desk.checkIn(1);
    expect(desk.reserve(at(14), at(15)).outcome).toBe("limit-open");
    desk.passTo(at(9));
    expect(desk.statusOf(1)).toBe("COMPLETED");
    expect(desk.reserve(at(14), at(15)).outcome).toBe("reserved");
  });

  test("is seen by its owner and by trusted callers only", () => {
    desk.reserve(at(10), at(11));
    const ask = (user: number | null) => desk.log.ask("reservation", { id: 1, user });
    expect(ask(1)).toMatchObject({ reservation: { id: 1 }, seat: { id: 1, branch: "A" } });
    expect(ask(null)).toEqual(ask(1));
    expect(ask(2)).toBeNull();
    expect(desk.log.ask("reservation", { id: 2, user: null })).toBeNull();
  });
});

describe("checking in", () => {
  beforeEach(() => {
    desk.reserve(at(10), at(11));
  });

  test("is possible from early before the start until grace after it", () => {
    desk.reserve(at(10), at(11), { seat: 2 });
    desk.passTo(at(9, 45) - 1);
    expect(desk.checkIn(1).outcome).toBe("too-early");
    desk.passTo(at(9, 45));
    expect(desk.checkIn(1)).toMatchObject({
      outcome: "checked-in",
      reservation: { status: "CHECKED_IN", checkedIn: at(9, 45) },
    });
    desk.passTo(at(10, 15) - 1);
    expect(desk.checkIn(2).outcome).toBe("checked-in");
  });

  test("is too late at the end of a reservation that is shorter than the grace", () => {
    desk.reserve(at(11), at(11, 5));
    desk.passTo(at(11, 5));
    expect(desk.checkIn(2)).toMatchObject({ outcome: "not-confirmed", status: "NO_SHOW" });
  });

  test("is too late at the instant of the no-show, though no deadline was in the log yet", () => {
    desk.log.now = at(10, 15);
    expect(desk.checkIn(1)).toEqual({ outcome: "not-confirmed", index: 3, status: "NO_SHOW" });
    expect(desk.actions(1)).toEqual([
      ["reserved", 1],
      ["no-show", 0],
    ]);
  });

  test("twice, or after it was cancelled, is refused with the status", () => {
    desk.passTo(at(10));
    desk.checkIn(1);
    expect(desk.checkIn(1)).toMatchObject({ outcome: "not-confirmed", status: "CHECKED_IN" });
    desk.cancel(1);
    expect(desk.checkIn(1)).toMatchObject({ outcome: "not-confirmed", status: "CANCELLED" });
  });

  test("another's reservation, or one that there is not, is absent", () => {
    desk.passTo(at(10));
    expect(desk.checkIn(1, 2)).toEqual({ outcome: "absent", index: 3 });
    expect(desk.checkIn(7)).toEqual({ outcome: "absent", index: 4 });
    expect(desk.checkIn(1, null).outcome).toBe("checked-in");
    expect(desk.actions(1)).toEqual([
      ["reserved", 1],
      ["checked-in", -1],
    ]);
  });
});

describe("cancelling", () => {
  beforeEach(() => {
    desk.reserve(at(10), at(11));
  });

  test("frees the seat at once", () => {
    expect(desk.cancel(1)).toMatchObject({ outcome: "cancelled", reservation: { status: "CANCELLED" } });
    expect(desk.reserve(at(10), at(11), { user: 2 }).outcome).toBe("reserved");
    expect(desk.typesTold(1)).toEqual([]);
  });

  test("is possible while one is checked in", () => {
    desk.passTo(at(10));
    desk.checkIn(1);
    desk.passTo(at(10, 30));
    expect(desk.cancel(1).outcome).toBe("cancelled");
    expect(desk.seat(1)).toMatchObject({ status: "AVAILABLE", is_available: true });
  });

  test("what is over or was cancelled is refused with the status", () => {
    desk.cancel(1);
    expect(desk.cancel(1)).toEqual({ outcome: "not-open", index: 4, status: "CANCELLED" });
    desk.reserve(at(10), at(11));
    desk.passTo(at(10, 15));
    expect(desk.cancel(2)).toMatchObject({ outcome: "not-open", status: "NO_SHOW" });
  });

  test("another's is absent; a trusted caller may, and the owner is told", () => {
    expect(desk.cancel(1, 2).outcome).toBe("absent");
    expect(desk.cancel(1, null).outcome).toBe("cancelled");
    expect(desk.told(1, 0)).toMatchObject([{ type: "cancelled", seat: 1, reservation: 1 }]);
    expect(desk.actions(1)).toEqual([
      ["reserved", 1],
      ["cancelled", -1],
    ]);
  });
});

describe("what falls due", () => {
  test("who has not checked in is a no-show at grace after the start: told, and the seat is free", () => {
    desk.reserve(at(10), at(11));
    expect(desk.log.deadline()).toBe(at(10, 15));
    desk.passTo(at(10, 15) - 1);
    expect(desk.statusOf(1)).toBe("CONFIRMED");
    desk.passTo(at(10, 15));
    expect(desk.statusOf(1)).toBe("NO_SHOW");
    expect(desk.told(1, 0)).toMatchObject([{ type: "no_show", seat: 1, reservation: 1, created: at(10, 15) }]);
    expect(desk.reserve(at(10, 15), at(11), { user: 2 }).outcome).toBe("reserved");
  });

  test("who has checked in is done at the end, and told nothing", () => {
    desk.reserve(at(8), at(9));
    desk.checkIn(1);
    expect(desk.log.deadline()).toBe(at(9));
    desk.passTo(at(9) - 1);
    expect(desk.statusOf(1)).toBe("CHECKED_IN");
    desk.passTo(at(9));
    expect(desk.statusOf(1)).toBe("COMPLETED");
    expect(desk.typesTold(1)).toEqual([]);
    expect(desk.log.deadline()).toBeUndefined();
  });

  test("a completed reservation still holds its past", () => {
    desk.reserve(at(8), at(8, 30));
    desk.checkIn(1);
    desk.passTo(at(8, 30));
    expect(desk.reserve(at(8, 20), at(9)).outcome).toBe("conflict");
    expect(desk.reserve(at(8, 30), at(9)).outcome).toBe("reserved");
  });

  test("happens once, however often it is proposed, and in the order of its instants when it is late", () => {
    desk.reserve(at(10), at(12), { seat: 1 });
    desk.reserve(at(9), at(10), { seat: 2 });
    desk.log.passWithoutLeader(5 * HOUR);
    desk.log.due();
    desk.log.due();
    expect(desk.actions().slice(2)).toEqual([
      ["no-show", 0],
      ["no-show", 0],
    ]);
    expect(desk.log.ask("audit", { reservation: null, limit: 2 })).toMatchObject([
      { reservation: 2, time: at(13) },
      { reservation: 1, time: at(13) },
    ]);
  });

  test("follows a new grace, forth and back", () => {
    desk.reserve(at(10), at(11));
    desk.run("configure", { grace: 30 * MINUTE });
    expect(desk.log.deadline()).toBe(at(10, 30));
    desk.run("configure", { grace: 5 * MINUTE });
    expect(desk.log.deadline()).toBe(at(10, 5));
    desk.passTo(at(10, 5));
    expect(desk.statusOf(1)).toBe("NO_SHOW");
  });
});

describe("the limits", () => {
  test("are the library's rules at first, and change one by one", () => {
    const initial = {
      grace: 15 * MINUTE,
      early: 15 * MINUTE,
      offer: 10 * MINUTE,
      longest: 24 * HOUR,
      minutesPerDay: null,
      openReservations: 1000,
      waitlistEntries: 100,
    };
    expect(desk.log.ask("limits", {})).toEqual(initial);
    const limits = { ...initial, minutesPerDay: 240 };
    expect(desk.run("configure", { minutesPerDay: 240 })).toEqual({ outcome: "configured", index: 2, limits });
    expect(desk.run("configure", {})).toMatchObject({ limits });
    // What a stack says at each start: what its environment does not set is as at first, and news only when it is.
    expect(desk.run("configure", { offer: MINUTE, afresh: true })).toMatchObject({
      limits: { ...initial, offer: MINUTE },
    });
    expect(desk.run("configure", { offer: MINUTE, afresh: true })).toMatchObject({
      limits: { ...initial, offer: MINUTE },
    });
    const audit = JSON.stringify(desk.log.ask("audit", { reservation: null, limit: 10 }));
    expect(audit.match(/"configured"/g)).toHaveLength(2);
    expect(accepts("configure", { grace: -1 })).toBe(false);
    expect(accepts("configure", { offer: 0 })).toBe(false);
  });
});

describe("reservationsOf", () => {
  test("is ordered by start; by status; or what is open and not over", () => {
    desk.reserve(at(12), at(13));
    desk.reserve(at(9), at(10));
    desk.reserve(at(14), at(15));
    desk.reserve(at(10), at(11), { user: 2 });
    desk.cancel(3);
    const ids = (more: object) =>
      JSON.parse(JSON.stringify(desk.log.ask("reservationsOf", { user: 1, ...more }))).map(
        (each: { reservation: { id: number } }) => each.reservation.id,
      );
    expect(ids({})).toEqual([2, 1, 3]);
    expect(ids({ status: "CANCELLED" })).toEqual([3]);
    expect(ids({ upcomingAt: at(10) - 1 })).toEqual([2, 1]);
    expect(ids({ upcomingAt: at(10) })).toEqual([1]);
    expect(ids({ user: 3 })).toEqual([]);
  });
});
