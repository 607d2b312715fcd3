/**
 * What users of the library may do, by the environment: GRACE_MINUTES until a reservation nobody came for is a no-show,
 * EARLY_MINUTES before its start at which one may check in, OFFER_MINUTES that a seat is held for who waited, MAX_HOURS of one
 * reservation, MAX_HOURS_PER_DAY of one user, MAX_OPEN_RESERVATIONS of one user. Fractions are fine; what is not set is as usual.
 */
import { Refusal } from "../supervisor/refusal.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const MINUTE_MS = 60_000;
const MINUTES_PER_HOUR = 60;
/** A year of minutes: more is a mistake. */
const MOST = 525_600;

/** Milliseconds, but for the last two. */
export interface LibraryLimits {
  readonly grace?: number;
  readonly early?: number;
  readonly offer?: number;
  readonly longest?: number;
  readonly minutesPerDay?: number;
  readonly openReservations?: number;
}

/** @throws {Refusal} when a variable is no number above 0 */
export function libraryLimitsOf(environment: Environment): LibraryLimits {
  const times = (name: string, factor: number) => {
    const value = numberOf(environment, name);
    return value === undefined ? undefined : Math.max(1, Math.round(value * factor));
  };
  return defined({
    grace: times("GRACE_MINUTES", MINUTE_MS),
    early: times("EARLY_MINUTES", MINUTE_MS),
    offer: times("OFFER_MINUTES", MINUTE_MS),
    longest: times("MAX_HOURS", MINUTES_PER_HOUR * MINUTE_MS),
    minutesPerDay: times("MAX_HOURS_PER_DAY", MINUTES_PER_HOUR),
    openReservations: times("MAX_OPEN_RESERVATIONS", 1),
  });
}

/** Undefined when the variable is not set. */
function numberOf(environment: Environment, name: string): number | undefined {
  const text = environment[name]?.trim();
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (value > 0 && value <= MOST) return value;
  throw new Refusal(`${name} is a number above 0 and up to ${MOST}, not ${text}`, 2);
}

function defined(limits: { readonly [K in keyof LibraryLimits]: number | undefined }): LibraryLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
