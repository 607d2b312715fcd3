/** A small library in the hands of a test: two seats in branch A, one in B; short names for what is done with them. */
import { EIGHT, HOUR, LibraryLog } from "./library-log.ts";
import { SEATS } from "./library-steps.ts";

export const at = (hour: number, minute = 0) => EIGHT + (hour - 8) * HOUR + (minute * HOUR) / 60;

export interface Answer {
  readonly outcome?: string;
  readonly index?: number;
  readonly reservation?: { readonly id: number; readonly status: string };
  readonly entry?: { readonly id: number };
}

export class Desk {
  readonly log: LibraryLog;

  constructor(bounds = {}) {
    this.log = new LibraryLog(bounds);
    this.run("setSeats", { seats: SEATS });
  }

  run(name: string, input: object): Answer {
    return JSON.parse(JSON.stringify(this.log.run(name, input)));
  }

  /** By default user 1 on seat 1. */
  reserve(start: number, end: number, more: object = {}): Answer {
    return this.run("reserve", { user: 1, seat: 1, start, end, days: [], ...more });
  }

  checkIn(reservation: number, user: number | null = 1): Answer {
    return this.run("checkIn", { reservation, user });
  }

  cancel(reservation: number, user: number | null = 1): Answer {
    return this.run("cancel", { reservation, user });
  }

  /** By default for any seat in A. */
  wait(user: number, desired: number, more: object = {}): Answer {
    return this.run("joinWaitlist", { user, seat: null, branch: "A", desired, ...more });
  }

  /** Time goes by, and the leader proposes what falls due. */
  passTo(instant: number): void {
    this.log.pass(instant - this.log.now);
  }

  statusOf(id: number): string | undefined {
    const shown: { reservation: { status: string } } | null = JSON.parse(
      JSON.stringify(this.log.ask("reservation", { id, user: null })),
    );
    return shown?.reservation.status;
  }

  seat(id: number, more: object = {}): unknown {
    const shown: { seat: object } = JSON.parse(
      JSON.stringify(this.log.ask("seat", { id, now: this.log.now, ...more })),
    );
    return shown.seat;
  }

  /** Open offers of the user: [seat, start, end] each. */
  offersOf(user: number): unknown[] {
    return this.told(user, null).map(({ seat, offer }) => [seat, offer?.start, offer?.end]);
  }

  typesTold(user: number): string[] {
    return this.told(user, 0).map(({ type }) => type);
  }

  told(user: number, after: number | null): Told[] {
    return JSON.parse(JSON.stringify(this.log.ask("notificationsOf", { user, after }))).notifications;
  }

  actions(reservation: number | null = null): unknown[] {
    const trail: { action: string; user: number }[] = JSON.parse(
      JSON.stringify(this.log.ask("audit", { reservation, limit: 10_000 })),
    );
    return trail.filter(({ action }) => action !== "seat-set").map(({ action, user }) => [action, user]);
  }
}

interface Told {
  readonly id: number;
  readonly type: string;
  readonly message: string;
  readonly seat: number | null;
  readonly offer: { readonly start: number; readonly end: number; readonly expires: number } | null;
}
