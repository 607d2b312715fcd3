/** Random days in a small library: few seats, few users, times on a grid, so that they meet. */
import fc from "fast-check";
import { EIGHT, HOUR, type LibraryLog, MINUTE } from "./library-log.ts";
import type { Input, LibraryModel } from "./library-model.ts";

const GRID = 10 * MINUTE;

/** Instants are counted in grid steps from the one before now; `nth` from the newest, 0 being one that there is not yet. */
export type Step =
  | {
      readonly name: "reserve";
      readonly user: number;
      readonly seat: number;
      readonly from: number;
      readonly length: number;
    }
  /** What was offered, from so much of it on to so much before its end, by its user or another. */
  | {
      readonly name: "reserveOffered";
      readonly nth: number;
      readonly user: number | null;
      readonly cut: readonly [number, number];
    }
  | {
      readonly name: "checkIn" | "cancel" | "leaveWaitlist";
      readonly nth: number;
      readonly trusted: boolean;
      readonly user: number;
    }
  | {
      readonly name: "joinWaitlist";
      readonly user: number;
      readonly seat: number | null;
      readonly branch: string;
      readonly from: number;
    }
  | { readonly name: "notify"; readonly seat: number }
  | { readonly name: "setMaintenance"; readonly seat: number; readonly maintenance: boolean }
  | { readonly name: "setSeats"; readonly seat: number; readonly branch: string; readonly maintenance: boolean }
  | { readonly name: "configure"; readonly change: object }
  | { readonly name: "forgetUser"; readonly user: number }
  | { readonly name: "pass"; readonly milliseconds: number; readonly how: "each" | "late" | "silent" }
  /** To the next deadline, or just before it, or past it. */
  | { readonly name: "passToDeadline"; readonly beside: number };

export const USERS = [1, 2, 3];
const user = fc.constantFrom(...USERS);
/** 4 there is none of. */
const seat = fc.constantFrom(1, 1, 1, 2, 3, 4);
const from = fc.integer({ min: -3, max: 9 });
const nth = fc.nat(4);
const branch = fc.constantFrom("A", "A", "B", "C");
const maintenance = fc.constantFrom(false, false, true);
const trusted = fc.constantFrom(true, true, false);
const cut = fc.integer({ min: -1, max: 2 });
const kind = <N extends string>(...names: N[]) => fc.constantFrom(...names);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ name: kind("reserve"), user, seat, from, length: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      name: kind("reserveOffered"),
      nth: fc.nat(2),
      user: fc.option(user, { freq: 3 }),
      cut: fc.tuple(cut, cut),
    }),
  },
  { weight: 6, arbitrary: fc.record({ name: kind("checkIn"), nth, trusted, user }) },
  { weight: 4, arbitrary: fc.record({ name: kind("cancel"), nth, trusted, user }) },
  {
    weight: 7,
    arbitrary: fc.record({
      name: kind("joinWaitlist"),
      user,
      seat: fc.option(seat),
      branch,
      from: fc.integer({ min: -1, max: 7 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: kind("leaveWaitlist"), nth, trusted, user }) },
  { weight: 1, arbitrary: fc.record({ name: kind("notify"), seat }) },
  { weight: 1, arbitrary: fc.record({ name: kind("setMaintenance"), seat, maintenance }) },
  {
    weight: 1,
    arbitrary: fc.record({
      name: kind("setSeats"),
      seat: fc.integer({ min: 1, max: 3 }),
      branch: kind("A", "B"),
      maintenance,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      name: kind("configure"),
      change: fc.record(
        {
          grace: fc.constantFrom(0, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE),
          early: fc.constantFrom(0, 15 * MINUTE, HOUR),
          offer: fc.constantFrom(1, 5 * MINUTE, 10 * MINUTE, 45 * MINUTE),
          longest: fc.constantFrom(40 * MINUTE, 24 * HOUR),
          minutesPerDay: fc.constantFrom(null, 60, 120),
          openReservations: fc.constantFrom(1, 2, 1000),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: kind("forgetUser"), user }) },
  {
    weight: 3,
    arbitrary: fc.record({
      name: kind("pass"),
      milliseconds: fc.constantFrom(0, 1, GRID - 1, GRID, 15 * MINUTE, 40 * MINUTE, 2 * HOUR),
      how: kind("each", "late", "silent"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ name: kind("passToDeadline"), beside: fc.integer({ min: -1, max: 1 }) }) },
);

export const steps = fc.array(step, { minLength: 20, maxLength: 120, size: "max" });

export const SEATS = [1, 2, 3].map((id) => ({
  id,
  branch: id < 3 ? "A" : "B",
  area: "Quiet",
  has_power: id === 1,
  has_monitor: false,
  maintenance: false,
}));

/** The command that the step stands for at this point; undefined: it lets time go by. */
export function inputOf(step: Step, log: LibraryLog): Input | undefined {
  const instant = (steps: number) => EIGHT + (Math.floor((log.now - EIGHT) / GRID) + steps) * GRID;
  switch (step.name) {
    case "reserve": {
      const { name, user, seat, length } = step;
      const start = instant(step.from);
      const end = start + length * GRID;
      const day = start < EIGHT + 3 * HOUR ? "2026-11-21" : "2026-11-22";
      return { name, user, seat, start, end, days: [{ day, minutes: (end - start) / MINUTE }] };
    }
    case "reserveOffered": {
      const offers = log.state.offers.valuesArray();
      const offer = offers[step.nth % offers.length];
      if (offer === undefined) return undefined;
      const { seat } = offer;
      const start = offer.start + step.cut[0] * 5 * MINUTE;
      const end = Math.max(start + 1, offer.end - step.cut[1] * 5 * MINUTE);
      return { name: "reserve", user: step.user ?? offer.user, seat, start, end, days: [] };
    }
    case "checkIn":
    case "cancel": {
      const { name, nth, trusted, user } = step;
      const reservation = Math.max(1, log.state.reservationsMade + 1 - nth);
      return { name, reservation, user: trusted ? null : user };
    }
    case "leaveWaitlist": {
      const { name, nth, trusted, user } = step;
      return { name, entry: Math.max(1, log.state.entriesMade + 1 - nth), user: trusted ? null : user };
    }
    case "joinWaitlist": {
      const { name, user, seat, branch, from } = step;
      return { name, user, seat, branch, desired: instant(from) };
    }
    case "notify":
      return { name: step.name, seat: step.seat, message: "Hello" };
    case "setSeats": {
      const { name, seat: id, branch, maintenance } = step;
      const seat = { id, branch, area: "Quiet", has_power: id === 1, has_monitor: false, maintenance };
      return { name, seats: [seat] };
    }
    case "configure":
      return { name: step.name, ...step.change };
    case "pass":
    case "passToDeadline":
      return undefined;
    default:
      return step;
  }
}

/** Takes the step on the log; on the model too, when there is one. The result of a command. */
export function take(step: Step, log: LibraryLog, model?: LibraryModel): { result: unknown; expected?: object } {
  const input = inputOf(step, log);
  if (input !== undefined) {
    const { name, ...rest } = input;
    const expected = model?.run(input);
    return { result: log.run(name, rest), ...(expected !== undefined && { expected }) };
  }
  const { milliseconds, how } = passing(step, log);
  const end = log.now + milliseconds;
  if (model !== undefined && how === "each") {
    for (let next = model.deadline(); next !== undefined && next <= end; next = model.deadline()) {
      model.now = Math.max(model.now, next);
      model.due();
    }
  }
  if (how === "each") log.pass(milliseconds);
  else if (how === "late") log.passWithoutLeader(milliseconds);
  else log.now = end;
  if (model !== undefined) {
    model.now = end;
    if (how === "late") model.due();
  }
  return { result: undefined };
}

function passing(step: Step, log: LibraryLog): { milliseconds: number; how: "each" | "late" | "silent" } {
  if (step.name === "pass") return step;
  const beside = step.name === "passToDeadline" ? step.beside : 0;
  const deadline = log.deadline();
  return { milliseconds: deadline === undefined ? 0 : Math.max(0, deadline + beside - log.now), how: "each" };
}
