import { beforeEach, describe, expect, test } from "vitest";
import { at, Desk } from "./library-desk.ts";
import { MINUTE } from "./library-log.ts";

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});

describe("joining the waitlist", () => {
  test("gives an entry; with a seat the branch is the seat's", () => {
    const entry = { id: 1, user: 2, seat: 3, branch: "B", desired: at(10), created: at(8) };
    expect(desk.wait(2, at(10), { seat: 3 })).toEqual({ outcome: "waiting", index: 2, entry });
    expect(desk.log.ask("waitlistOf", { user: 2 })).toEqual([entry]);
  });

  test("refuses an unknown seat or branch, a time that is past, and more than one user may have", () => {
    expect(desk.wait(2, at(10), { seat: 99 }).outcome).toBe("no-seat");
    expect(desk.wait(2, at(10), { branch: "Z" }).outcome).toBe("no-branch");
    expect(desk.wait(2, at(8)).outcome).toBe("past");
    desk.run("configure", { waitlistEntries: 1 });
    expect(desk.wait(2, at(8) + 1).outcome).toBe("waiting");
    expect(desk.wait(2, at(10)).outcome).toBe("full");
    expect(desk.wait(3, at(10)).outcome).toBe("waiting");
  });

  test("an entry whose time is over by the tolerance is dropped", () => {
    desk.wait(2, at(10));
    expect(desk.log.deadline()).toBe(at(11));
    desk.passTo(at(11) - 1);
    expect(desk.log.ask("waitlistOf", { user: 2 })).toHaveLength(1);
    desk.passTo(at(11));
    expect(desk.log.ask("waitlistOf", { user: 2 })).toEqual([]);
    expect(desk.typesTold(2)).toEqual([]);
  });

  test("leaving is for its user, or a trusted caller, once", () => {
    desk.wait(2, at(10));
    desk.wait(2, at(11));
    expect(desk.run("leaveWaitlist", { entry: 1, user: 3 })).toEqual({ outcome: "absent", index: 4 });
    expect(desk.run("leaveWaitlist", { entry: 1, user: 2 })).toEqual({ outcome: "left", index: 5 });
    expect(desk.run("leaveWaitlist", { entry: 1, user: 2 }).outcome).toBe("absent");
    expect(desk.run("leaveWaitlist", { entry: 2, user: null }).outcome).toBe("left");
    expect(desk.log.deadline()).toBeUndefined();
  });
});

describe("a seat that becomes free", () => {
  beforeEach(() => {
    desk.reserve(at(10), at(12));
  });

  test("is offered to the first who asked for it, before those who asked for its branch", () => {
    desk.wait(2, at(10));
    desk.wait(3, at(10), { seat: 1 });
    desk.wait(4, at(10), { seat: 1 });
    desk.cancel(1);
    expect(desk.offersOf(3)).toEqual([[1, at(10), at(12)]]);
    expect([...desk.offersOf(2), ...desk.offersOf(4)]).toEqual([]);
    expect(desk.told(3, 0)).toMatchObject([
      { type: "offer", seat: 1, waitlist: 2, offer: { start: at(10), end: at(12), expires: at(8, 10) } },
    ]);
  });

  test("is offered by the order of entries, not of desired times", () => {
    desk.wait(2, at(11));
    desk.wait(3, at(10));
    desk.cancel(1);
    expect(desk.offersOf(2)).toEqual([[1, at(10), at(12)]]);
  });

  test("is not offered to who asked for another seat or branch", () => {
    desk.wait(2, at(10), { seat: 2 });
    desk.wait(3, at(10), { branch: "B" });
    desk.cancel(1);
    expect([...desk.offersOf(2), ...desk.offersOf(3)]).toEqual([]);
  });

  test.each([
    ["an hour before its start", at(9), true],
    ["more than an hour before its start", at(9) - 1, false],
    ["its last millisecond", at(12) - 1, true],
    ["its end", at(12), false],
  ])("who wants it at %s", (_, desired, fits) => {
    desk.wait(2, desired);
    desk.cancel(1);
    expect(desk.offersOf(2)).toHaveLength(fits ? 1 : 0);
  });

  test("after its start is offered from now on; who wanted its start still fits", () => {
    desk.wait(2, at(10));
    desk.passTo(at(10, 15));
    expect(desk.offersOf(2)).toEqual([[1, at(10, 15), at(12)]]);
  });

  test("is measured by its whole time, when it is offered late", () => {
    desk.wait(2, at(9, 30));
    desk.log.passWithoutLeader(at(10, 40) - at(8));
    // Missed at 10:15, before the entry was over at 10:30; both came into the log at 10:40.
    expect(desk.offersOf(2)).toEqual([[1, at(10, 40), at(12)]]);
  });

  test("when it is over is offered to nobody", () => {
    desk.reserve(at(12), at(12, 10));
    desk.wait(2, at(12, 5));
    desk.passTo(at(12, 10));
    expect(desk.statusOf(2)).toBe("NO_SHOW");
    expect(desk.typesTold(2)).toEqual([]);
  });

  test("in maintenance is offered to nobody, and to nobody by itself when that is over", () => {
    desk.wait(2, at(10));
    desk.run("setMaintenance", { seat: 1, maintenance: true });
    desk.cancel(1);
    desk.run("setMaintenance", { seat: 1, maintenance: false });
    expect(desk.typesTold(2)).toEqual([]);
  });

  test("is offered to one who has an offer already only when that is over", () => {
    desk.reserve(at(10), at(12), { seat: 2 });
    desk.wait(2, at(10));
    desk.wait(3, at(10));
    desk.cancel(1);
    desk.cancel(2);
    expect(desk.offersOf(2)).toEqual([[1, at(10), at(12)]]);
    expect(desk.offersOf(3)).toEqual([[2, at(10), at(12)]]);
  });
});

describe("an offer", () => {
  beforeEach(() => {
    desk.reserve(at(10), at(12));
    desk.wait(2, at(10));
    desk.wait(3, at(10));
    desk.cancel(1);
  });

  test("holds the seat against others", () => {
    expect(desk.reserve(at(11), at(13)).outcome).toBe("conflict");
    expect(desk.seat(1, { start: at(10), end: at(11) })).toMatchObject({ is_available: false });
    expect(desk.reserve(at(12), at(13)).outcome).toBe("reserved");
  });

  test("taken whole ends the waiting", () => {
    expect(desk.reserve(at(10), at(12), { user: 2 }).outcome).toBe("reserved");
    expect(desk.log.ask("waitlistOf", { user: 2 })).toEqual([]);
    expect([desk.offersOf(2), desk.offersOf(3)]).toEqual([[], []]);
  });

  test("taken in part leaves the rest to the next", () => {
    desk.wait(4, at(10));
    expect(desk.reserve(at(10, 30), at(11), { user: 2 }).outcome).toBe("reserved");
    expect(desk.offersOf(3)).toEqual([[1, at(10), at(10, 30)]]);
    expect(desk.offersOf(4)).toEqual([[1, at(11), at(12)]]);
  });

  test("taken with more around it is taken, when the rest is free", () => {
    expect(desk.reserve(at(9), at(13), { user: 2 }).outcome).toBe("reserved");
    expect(desk.log.ask("waitlistOf", { user: 2 })).toEqual([]);
  });

  test("is not taken by a reservation that is refused", () => {
    desk.run("configure", { openReservations: 0 });
    expect(desk.reserve(at(10), at(12), { user: 2 }).outcome).toBe("limit-open");
    expect(desk.offersOf(2)).toHaveLength(1);
  });

  test("that expires is told, ends the waiting, and passes to the next", () => {
    expect(desk.log.deadline()).toBe(at(8, 10));
    desk.passTo(at(8, 10) - 1);
    expect(desk.offersOf(2)).toHaveLength(1);
    desk.passTo(at(8, 10));
    expect(desk.typesTold(2)).toEqual(["offer", "offer_expired"]);
    expect(desk.log.ask("waitlistOf", { user: 2 })).toEqual([]);
    expect(desk.offersOf(3)).toEqual([[1, at(10), at(12)]]);
    desk.passTo(at(8, 20));
    expect(desk.reserve(at(10), at(12)).outcome).toBe("reserved");
  });

  test("passes on when its user leaves the waitlist", () => {
    desk.run("leaveWaitlist", { entry: 1, user: 2 });
    expect([desk.offersOf(2), desk.offersOf(3)]).toEqual([[], [[1, at(10), at(12)]]]);
  });

  test("lasts as long as the limits say, also those made before", () => {
    desk.run("configure", { offer: 30 * MINUTE });
    expect(desk.log.deadline()).toBe(at(8, 30));
    expect(desk.told(2, null)).toMatchObject([{ offer: { expires: at(8, 30) } }]);
  });

  test("does not outlive what is offered", () => {
    desk.passTo(at(8, 20));
    desk.reserve(at(8, 20), at(8, 25));
    desk.wait(4, at(8, 22));
    desk.cancel(2);
    expect(desk.told(4, null)).toMatchObject([{ offer: { expires: at(8, 25) } }]);
  });

  test("is withdrawn when the seat goes into maintenance: its user is told, and waits on", () => {
    desk.run("setMaintenance", { seat: 1, maintenance: true });
    expect(desk.typesTold(2)).toEqual(["offer", "offer_expired"]);
    expect(desk.log.ask("waitlistOf", { user: 2 })).toHaveLength(1);
    desk.reserve(at(10), at(12), { seat: 2 });
    desk.cancel(2);
    expect(desk.offersOf(2)).toEqual([[2, at(10), at(12)]]);
  });
});

describe("notify", () => {
  test("reaches the first who waits for the seat, else for its branch, whatever the time", () => {
    const notify = (seat: number) => desk.run("notify", { seat, message: "Come" });
    expect(notify(99)).toEqual({ outcome: "no-seat", index: 2 });
    expect(notify(1)).toEqual({ outcome: "nobody", index: 3 });
    desk.wait(2, at(10), { branch: "B" });
    expect(notify(1).outcome).toBe("nobody");
    desk.wait(3, at(20));
    expect(notify(1)).toMatchObject({ notification: { user: 3, type: "message", message: "Come", waitlist: 2 } });
    desk.wait(4, at(21), { seat: 1 });
    desk.wait(5, at(9), { seat: 1 });
    expect(notify(1)).toMatchObject({ outcome: "notified", notification: { user: 4 } });
  });
});

describe("notificationsOf", () => {
  test("gives what came after an id, or what is still offered, and how far the log was applied", () => {
    desk.reserve(at(10), at(12));
    desk.wait(2, at(10));
    desk.run("notify", { seat: 1, message: "Soon" });
    desk.cancel(1);
    const ask = (after: number | null) => desk.log.ask("notificationsOf", { user: 2, after });
    expect(ask(0)).toMatchObject({ applied: 5, notifications: [{ id: 1 }, { id: 2 }] });
    expect(ask(1)).toMatchObject({ notifications: [{ id: 2, type: "offer" }] });
    expect(ask(null)).toEqual(ask(1));
    expect(ask(2)).toEqual({ applied: 5, notifications: [] });
  });
});

describe("a user who is forgotten", () => {
  test("holds nothing, waits for nothing, is told nothing; what was done stays written", () => {
    desk.reserve(at(8), at(9), { user: 2 });
    desk.checkIn(1, 2);
    desk.passTo(at(9));
    desk.reserve(at(10), at(12), { user: 2 });
    desk.wait(2, at(10));
    desk.wait(3, at(10));
    expect(desk.run("forgetUser", { user: 2 })).toEqual({ outcome: "forgotten", index: 8 });
    expect([desk.statusOf(1), desk.statusOf(2)]).toEqual(["COMPLETED", "CANCELLED"]);
    expect(desk.log.ask("waitlistOf", { user: 2 })).toEqual([]);
    expect(desk.typesTold(2)).toEqual([]);
    expect(desk.offersOf(3)).toEqual([[1, at(10), at(12)]]);
    expect(desk.actions(2)).toEqual([
      ["reserved", 2],
      ["cancelled", 2],
    ]);
  });

  test("books nothing and waits for nothing by a request that was let in before; others do", () => {
    desk.run("forgetUser", { user: 2 });
    desk.passTo(desk.log.now + MINUTE - 1);
    expect(desk.reserve(at(10), at(12), { user: 2 })).toMatchObject({ outcome: "no-user" });
    expect(desk.wait(2, at(10))).toMatchObject({ outcome: "no-user" });
    expect(desk.reserve(at(10), at(12), { user: 3 })).toMatchObject({ outcome: "reserved" });
  });

  test("is remembered for a minute, and not for ever", () => {
    desk.run("forgetUser", { user: 2 });
    desk.passTo(desk.log.now + MINUTE);
    desk.run("forgetUser", { user: 3 });
    expect([...desk.log.state.forgotten.keys()]).toEqual([3]);
  });
});
