import { beforeEach, describe, expect, test } from "vitest";
import { library } from "../../../consensus-nodes/machines/library.ts";
import { addReservation } from "../../../consensus-nodes/machines/library-reservations.ts";
import { calendarOf } from "../../../consensus-nodes/machines/library-state.ts";
import { SortedTree } from "../../../consensus-nodes/machines/sorted-tree.ts";
import { at, Desk } from "./library-desk.ts";
import { EIGHT, MINUTE } from "./library-log.ts";

describe("the library machine stays within its bounds", () => {
  test("seats and branches: all of a list, or none of it", () => {
    const desk = new Desk({ seats: 4, branches: 3 });
    const seat = (id: number, branch: string) => ({
      id,
      branch,
      area: "",
      has_power: false,
      has_monitor: false,
      maintenance: false,
    });
    expect(desk.run("setSeats", { seats: [seat(4, "A"), seat(5, "A")] }).outcome).toBe("full");
    expect(desk.run("setSeats", { seats: [seat(3, "C"), seat(4, "D")] }).outcome).toBe("full");
    expect(desk.run("setSeats", { seats: [seat(3, "C"), seat(4, "C")] })).toMatchObject({ outcome: "set", seats: 4 });
    expect(desk.run("setBranch", { branch: "D", time_zone: "UTC", opening_hours: "" }).outcome).toBe("full");
    expect(desk.run("setBranch", { branch: "C", time_zone: "Asia/Tokyo", opening_hours: "" }).outcome).toBe("set");
  });

  test("reservations: the closed ones that ended first are forgotten, open ones never", () => {
    const desk = new Desk({ reservations: 3 });
    desk.reserve(at(12), at(13));
    desk.reserve(at(10), at(11));
    desk.reserve(at(14), at(15));
    expect(desk.reserve(at(16), at(17)).outcome).toBe("full");
    desk.cancel(1);
    desk.cancel(2);
    desk.reserve(at(16), at(17));
    expect([1, 2, 3, 4].map((id) => desk.statusOf(id))).toEqual(["CANCELLED", undefined, "CONFIRMED", "CONFIRMED"]);
    expect(desk.actions(2)).toHaveLength(2);
  });

  test("a completed reservation that is forgotten holds nothing, and counts for no day", () => {
    const desk = new Desk({ reservations: 1 });
    desk.run("configure", { minutesPerDay: 60 });
    const days = [{ day: "2026-11-21", minutes: 60 }];
    desk.reserve(at(8), at(9), { days });
    desk.checkIn(1);
    desk.passTo(at(9));
    desk.reserve(at(9), at(10), { user: 2 });
    expect(desk.log.state.minutesOfUser.size + calendarOf(desk.log.state, 1).held.size).toBe(1);
  });

  test("the waitlist", () => {
    const desk = new Desk({ entries: 2 });
    desk.wait(2, at(10));
    desk.wait(3, at(10));
    expect(desk.wait(4, at(10)).outcome).toBe("full");
    desk.run("leaveWaitlist", { entry: 1, user: 2 });
    expect(desk.wait(4, at(10)).outcome).toBe("waiting");
  });

  test("notifications: a user's oldest go first, then the oldest of all", () => {
    const desk = new Desk({ notifications: 4, notificationsOfUser: 3 });
    const tell = (seat: number) => desk.run("notify", { seat, message: "Come" });
    const ids = (user: number) => desk.told(user, 0).map(({ id }) => id);
    desk.wait(2, at(10), { seat: 1 });
    desk.wait(3, at(10), { seat: 2 });
    for (let times = 0; times < 5; times++) tell(1);
    expect(ids(2)).toEqual([3, 4, 5]);
    tell(2);
    tell(2);
    expect([ids(2), ids(3)]).toEqual([
      [4, 5],
      [6, 7],
    ]);
  });

  test("the audit trail keeps the newest, and answers with the newest of them, oldest first", () => {
    const desk = new Desk({ audit: 3 });
    desk.reserve(at(10), at(11));
    desk.reserve(at(11), at(12));
    desk.cancel(2);
    desk.cancel(1);
    const ask = (reservation: number | null, limit: number) => desk.log.ask("audit", { reservation, limit });
    expect(ask(null, 10)).toMatchObject([
      { action: "reserved", reservation: 2, user: 1, index: 3, time: at(8), seat: 1 },
      { action: "cancelled", reservation: 2, index: 4 },
      { action: "cancelled", reservation: 1, index: 5 },
    ]);
    expect(ask(null, 2)).toMatchObject([{ index: 4 }, { index: 5 }]);
    expect(ask(1, 10)).toMatchObject([{ action: "cancelled" }]);
    expect(ask(2, 1)).toMatchObject([{ action: "cancelled" }]);
    expect(ask(9, 10)).toEqual([]);
    expect(desk.log.state.auditByReservation.size).toBe(3);
  });
});

describe("a seat with 100,000 past reservations", () => {
  /** Comparisons of keys, and reads of what a tree holds. */
  let work = 0;

  function count(tree: object): void {
    if (!(tree instanceof SortedTree)) return;
    const compare = tree._compare;
    tree._compare = (a, b) => {
      work += 1;
      return compare(a, b);
    };
    const read = (value: object) =>
      new Proxy(value, {
        get: (target, key) => {
          work += 1;
          return Reflect.get(target, key);
        },
      });
    for (const [key, value] of tree.toArray()) if (typeof value === "object") tree.set(key, read(value));
  }

  function seatWithPast(reservations: number): Desk {
    const desk = new Desk();
    const { state } = desk.log;
    for (let id = 1; id <= reservations; id++) {
      const end = EIGHT - (reservations - id) * MINUTE;
      const times = { start: end - MINUTE, end, created: 0, checkedIn: 0 };
      addReservation(state, { id, user: 1 + (id % 3), seat: 1, ...times, status: "COMPLETED", days: [] });
    }
    state.reservationsMade = reservations;
    for (const part of Object.values(state)) if (typeof part === "object") count(part);
    const { held, used } = calendarOf(state, 1);
    for (const tree of [held, used]) count(tree);
    return desk;
  }

  function workOfADay(reservations: number): number {
    const desk = seatWithPast(reservations);
    const made = reservations;
    work = 0;
    expect(desk.reserve(at(8), at(9)).outcome).toBe("reserved");
    expect(desk.reserve(at(8, 30), at(9)).outcome).toBe("conflict");
    expect(desk.checkIn(made + 1).outcome).toBe("checked-in");
    desk.reserve(at(9), at(10), { user: 2 });
    desk.wait(3, at(9));
    desk.cancel(made + 2, 2);
    desk.reserve(at(9), at(9, 30), { user: 3 });
    desk.passTo(at(11));
    desk.seat(1);
    return work;
  }

  test("is booked, cancelled, offered and listed at the cost of a few more comparisons", () => {
    const [few, many] = [workOfADay(100), workOfADay(100_000)];
    expect(few).toBeGreaterThan(100);
    expect(many).toBeLessThan(4 * few);
  });
});

describe("a snapshot of a library", () => {
  let desk: Desk;
  beforeEach(() => {
    desk = new Desk();
    desk.reserve(at(10), at(12));
    desk.reserve(at(8), at(9), { seat: 2 });
    desk.checkIn(2);
    desk.wait(2, at(10));
    desk.wait(3, at(10));
    desk.cancel(1);
  });
  const values = () => [...library.snapshots.capture(desk.log.state)];

  test("is the same, whatever else and in whatever order clients send", () => {
    const other = new Desk();
    const odd = { days: [{ minutes: 5, day: "2026-11-21", more: 1 }], hint: {} };
    other.reserve(at(10), at(11), odd);
    other.run("setBranch", { opening_hours: "", more: 1, time_zone: "UTC", branch: "Q" });
    other.run("setSeats", {
      seats: [{ maintenance: false, has_monitor: true, has_power: true, area: "", branch: "Q", id: 9, more: 1 }],
    });
    other.run("configure", { waitlistEntries: 7, grace: 1, more: 2 });
    other.run("forgetUser", { more: 1, user: 5 });
    expect([...other.log.restored().capture()]).toEqual([...other.log.capture()]);
  });

  test("refuses what no library would have written", () => {
    expect(() => library.snapshots.restore(values())).not.toThrow();
    const spoilt = (kind: string, change: object) =>
      values().map((value) => (Array.isArray(value) && value[0] === kind ? [kind, { ...value[1], ...change }] : value));
    expect(() => library.snapshots.restore([["chair", {}]])).toThrow();
    expect(() => library.snapshots.restore([["__proto__", {}]])).toThrow();
    expect(() => library.snapshots.restore(spoilt("head", { revision: -1 }))).toThrow();
    expect(() => library.snapshots.restore(spoilt("seat", { has_power: "yes" }))).toThrow();
    expect(() => library.snapshots.restore(spoilt("reservation", { status: "LOST" }))).toThrow();
    expect(() => library.snapshots.restore(spoilt("reservation", { seat: 99 }))).toThrow();
    expect(() => library.snapshots.restore(spoilt("offer", { end: at(9) }))).toThrow();
    expect(() => library.snapshots.restore(spoilt("entry", { user: 0 }))).toThrow();
    expect(() => library.snapshots.restore(spoilt("reservation", { seat: 2, status: "CONFIRMED" }))).not.toThrow();
    const meeting = { seat: 2, status: "CONFIRMED", start: at(8), end: at(9) };
    expect(() => library.snapshots.restore(spoilt("reservation", meeting))).toThrow("held already");
    const twice = values().flatMap((value) =>
      Array.isArray(value) && value[0] === "offer" ? [value, value] : [value],
    );
    expect(() => library.snapshots.restore(twice)).toThrow();
  });
});
