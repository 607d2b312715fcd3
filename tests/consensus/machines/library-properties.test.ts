import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LibraryLog, MINUTE } from "./library-log.ts";
import { LibraryModel } from "./library-model.ts";
import { SEATS, type Step, steps, take, USERS } from "./library-steps.ts";

function open(): LibraryLog {
  const log = new LibraryLog();
  log.run("setSeats", { seats: SEATS });
  return log;
}

/** Asking for all after every step would take most of the time. */
const ASKED_EVERY = 10;

/** Without texts, and without the index. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner) => (key === "message" || key === "index" ? undefined : inner));
}

function expectNoDoubleBooking({ state }: LibraryLog): void {
  const reserved = state.reservations
    .valuesArray()
    .filter(({ status }) => status !== "CANCELLED" && status !== "NO_SHOW");
  const holdings = [...reserved, ...state.offers.values()].sort((a, b) => a.seat - b.seat || a.start - b.start);
  for (const [place, { seat, start }] of holdings.entries()) {
    const before = holdings[place - 1];
    expect(before?.seat !== seat || before.end <= start, `seat ${seat} has two at ${start}`).toBe(true);
  }
}

/** Each question, and the same a little later: until when an answer holds is the next instant at which it is another. */
function expectLists(log: LibraryLog, model: LibraryModel): void {
  const { now } = log;
  const soon = { start: now + 20 * MINUTE, end: now + 50 * MINUTE };
  const questions = [{}, { available_only: true }, { branch: "A" }, soon, { ...soon, available_only: true }];
  for (const question of questions) {
    const seats = model.list({ ...question, now });
    const differs = (at: number) => JSON.stringify(model.list({ ...question, now: at })) !== JSON.stringify(seats);
    const until = model.boundaries().find((at) => at > now && differs(at)) ?? null;
    const { revision } = log.state;
    expect(log.ask("seats", { ...question, now })).toEqual({ revision, until, seats });
  }
}

function expectSame(log: LibraryLog, model: LibraryModel): void {
  for (const user of USERS) {
    const seated = model.reservationsOf(user).map((reservation) => ({
      reservation,
      seat: model.seats.find(({ id }) => id === reservation.seat),
    }));
    expect(log.ask("reservationsOf", { user })).toEqual(seated);
    expect(log.ask("waitlistOf", { user })).toEqual(model.entries.filter((entry) => entry.user === user));
    const told = model.notifications.filter((notification) => notification.user === user);
    const offered = told.filter(({ id }) => model.offers.some((offer) => offer.told.id === id));
    const applied = log.index;
    expect(plain(log.ask("notificationsOf", { user, after: 0 }))).toEqual({ applied, notifications: told.slice(-100) });
    expect(plain(log.ask("notificationsOf", { user, after: null }))).toEqual({ applied, notifications: offered });
  }
}

describe("the library machine, over random days", { timeout: 60_000 }, () => {
  test("answers as a model that looks through all there is, and books no seat twice", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const log = open();
        const model = new LibraryModel(log.now);
        model.run({ name: "setSeats", seats: SEATS });
        for (const [number, step] of steps.entries()) {
          const { result, expected } = take(step, log, model);
          if (expected !== undefined) expect(plain(result)).toEqual(expected);
          expect(log.deadline()).toBe(model.deadline());
          expectNoDoubleBooking(log);
          if (number % ASKED_EVERY === 0) expectSame(log, model);
        }
        expectSame(log, model);
        expectLists(log, model);
        const audited: { reservation: number | null }[] = JSON.parse(
          JSON.stringify(log.ask("audit", { reservation: null, limit: 10_000 })),
        );
        const changes = audited.filter(({ reservation }) => reservation !== null);
        // One record for each change of status, at its instant, in order.
        expect(changes).toMatchObject(model.changes);
        expect(changes.length).toBe(model.changes.length);
      }),
      { numRuns: 120 },
    );
  });

  test("goes on from a snapshot as if nothing had been, and gives the same snapshot again", () => {
    fc.assert(
      fc.property(steps, fc.nat(), (steps, point) => {
        const log = open();
        const cut = point % steps.length;
        for (const step of steps.slice(0, cut)) take(step, log);
        const text = [...log.capture()];
        // Taken now, walked when all is over.
        const walkedLater = log.capture();
        const restored = log.restored(text);
        expect([...restored.capture()]).toEqual(text);
        for (const step of steps.slice(cut)) {
          expect(take(step, restored).result).toEqual(take(step, log).result);
          expect(restored.deadline()).toBe(log.deadline());
        }
        expect([...restored.capture()]).toEqual([...log.capture()]);
        expect([...walkedLater]).toEqual(text);
      }),
      { numRuns: 60 },
    );
  });

  test("two machines fed the same log give the same results and the same snapshot", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const [one, two] = [open(), open()];
        const results = (log: LibraryLog) => JSON.stringify(steps.map((step: Step) => take(step, log)));
        expect(results(one)).toBe(results(two));
        expect([...one.capture()]).toEqual([...two.capture()]);
      }),
      { numRuns: 50 },
    );
  });

  test("what is found from the records is what the records say", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const log = open();
        for (const step of steps) take(step, log);
        const { state } = log;
        const { state: anew } = log.restored();
        for (const tree of [state.agenda, state.waiting, state.queues, state.endedReservations]) tree.checkValid(true);
        expect(anew.agenda.keysArray()).toEqual(state.agenda.keysArray());
        expect(anew.waiting.valuesArray()).toEqual(state.waiting.valuesArray());
        expect(anew.queues.valuesArray()).toEqual(state.queues.valuesArray());
        expect(anew.endedReservations.keysArray()).toEqual(state.endedReservations.keysArray());
        expect(anew.reservationsByUser.keysArray()).toEqual(state.reservationsByUser.keysArray());
        expect(anew.auditByReservation.keysArray()).toEqual(state.auditByReservation.keysArray());
        for (const part of ["openOfUser", "minutesOfUser", "entriesOfUser", "notificationsOfUser"] as const) {
          expect(anew[part]).toEqual(state[part]);
        }
        for (const [seat, { held, used }] of state.calendars) {
          expect(anew.calendars.get(seat)?.held.valuesArray()).toEqual(held.valuesArray());
          expect(anew.calendars.get(seat)?.used.valuesArray()).toEqual(used.valuesArray());
        }
      }),
      { numRuns: 100 },
    );
  });
});
