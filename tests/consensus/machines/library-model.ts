/** What the library machine should do, as simply as it can be said: arrays, looked through from one end to the other. */
import type {
  Limits,
  Notification,
  Reservation,
  Seat,
  Status,
  WaitlistEntry,
} from "../../../consensus-nodes/machines/library-records.ts";
import { HOUR, MINUTE } from "./library-log.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Told = Omit<Notification, "message">;
interface Offer {
  readonly entry: WaitlistEntry;
  readonly seat: number;
  readonly start: number;
  readonly end: number;
  readonly made: number;
  expires: number;
  readonly told: Writable<Told>;
}
interface Change {
  readonly reservation: number;
  readonly action: string;
  readonly user: number;
  readonly time: number;
}
interface Interval {
  readonly start: number;
  readonly end: number;
}

export type Input =
  | { name: "reserve"; user: number; seat: number; start: number; end: number; days: Reservation["days"] }
  | { name: "checkIn" | "cancel"; reservation: number; user: number | null }
  | { name: "joinWaitlist"; user: number; seat: number | null; branch: string; desired: number }
  | { name: "leaveWaitlist"; entry: number; user: number | null }
  | { name: "notify"; seat: number; message: string }
  | { name: "setMaintenance"; seat: number; maintenance: boolean }
  | { name: "setSeats"; seats: Seat[] }
  | { name: "configure"; grace?: number; offer?: number; minutesPerDay?: number | null; openReservations?: number }
  | { name: "forgetUser"; user: number };

const overlap = (a: Interval, b: Interval) => a.start < b.end && b.start < a.end;

export class LibraryModel {
  now: number;
  limits: Writable<Limits> = {
    grace: 15 * MINUTE,
    early: 15 * MINUTE,
    offer: 10 * MINUTE,
    longest: 24 * HOUR,
    minutesPerDay: null,
    openReservations: 1000,
    waitlistEntries: 100,
  };
  seats: Seat[] = [];
  reservations: Writable<Reservation>[] = [];
  entries: WaitlistEntry[] = [];
  offers: Offer[] = [];
  notifications: Told[] = [];
  /** Of the status of any reservation, in order. */
  changes: Change[] = [];
  #entriesMade = 0;
  #told = 0;
  readonly #forgotten = new Map<number, number>();

  constructor(now: number) {
    this.now = now;
  }

  /** The result without its index and texts. */
  run(input: Input): object {
    this.due();
    switch (input.name) {
      case "reserve":
        return this.#reserve(input);
      case "checkIn": {
        const found = this.#own(this.reservations, input.reservation, input.user);
        if (found === undefined) return { outcome: "absent" };
        if (found.status !== "CONFIRMED") return { outcome: "not-confirmed", status: found.status };
        if (this.now < found.start - this.limits.early) return { outcome: "too-early" };
        found.checkedIn = this.now;
        this.#change(found, "CHECKED_IN", "checked-in", input.user ?? -1);
        return { outcome: "checked-in", reservation: { ...found } };
      }
      case "cancel": {
        const found = this.#own(this.reservations, input.reservation, input.user);
        if (found === undefined) return { outcome: "absent" };
        if (found.status !== "CONFIRMED" && found.status !== "CHECKED_IN") {
          return { outcome: "not-open", status: found.status };
        }
        this.#change(found, "CANCELLED", "cancelled", input.user ?? -1);
        const { id, user, seat } = found;
        if (input.user === null) this.#tell({ user, type: "cancelled", seat, reservation: id });
        this.#free(seat, found);
        return { outcome: "cancelled", reservation: { ...found } };
      }
      case "joinWaitlist": {
        const { user, seat, desired } = input;
        if (this.#isForgotten(user)) return { outcome: "no-user" };
        const wanted = this.seats.find(({ id }) => id === seat);
        if (seat !== null && wanted === undefined) return { outcome: "no-seat" };
        const branch = wanted?.branch ?? input.branch;
        if (!["A", "B"].includes(branch)) return { outcome: "no-branch" };
        if (desired <= this.now) return { outcome: "past" };
        const entry = { id: ++this.#entriesMade, user, seat, branch, desired, created: this.now };
        this.entries.push(entry);
        return { outcome: "waiting", entry };
      }
      case "leaveWaitlist": {
        const entry = this.#own(this.entries, input.entry, input.user);
        if (entry === undefined) return { outcome: "absent" };
        this.#leave(entry);
        return { outcome: "left" };
      }
      case "notify": {
        const seat = this.seats.find(({ id }) => id === input.seat);
        if (seat === undefined) return { outcome: "no-seat" };
        const first =
          this.entries.find((entry) => entry.seat === seat.id) ??
          this.entries.find((entry) => entry.seat === null && entry.branch === seat.branch);
        if (first === undefined) return { outcome: "nobody" };
        const { id: waitlist, user } = first;
        return { outcome: "notified", notification: this.#tell({ user, type: "message", seat: seat.id, waitlist }) };
      }
      case "setMaintenance": {
        const seat = this.seats.find(({ id }) => id === input.seat);
        if (seat === undefined) return { outcome: "absent" };
        const changed = { ...seat, maintenance: input.maintenance };
        this.#setSeat(changed);
        return { outcome: "set", seat: changed };
      }
      case "setSeats":
        for (const seat of input.seats) this.#setSeat(seat);
        return { outcome: "set", seats: this.seats.length };
      case "configure": {
        const { name: _, ...change } = input;
        this.limits = { ...this.limits, ...change };
        for (const offer of this.offers) {
          offer.expires = Math.min(offer.made + this.limits.offer, offer.end);
          offer.told.offer = { start: offer.start, end: offer.end, expires: offer.expires };
        }
        return { outcome: "configured", limits: { ...this.limits } };
      }
      case "forgetUser": {
        const { user } = input;
        const own = this.entries.filter((entry) => entry.user === user);
        const waiting = own.filter((entry) => !this.offers.some((offer) => offer.entry === entry));
        for (const entry of waiting) this.#leave(entry);
        for (const entry of own) if (!waiting.includes(entry)) this.#leave(entry);
        for (const reservation of this.reservationsOf(user)) {
          if (reservation.status === "CONFIRMED" || reservation.status === "CHECKED_IN") {
            this.run({ name: "cancel", reservation: reservation.id, user });
          }
        }
        this.notifications = this.notifications.filter((notification) => notification.user !== user);
        this.#forgotten.set(user, this.now);
        return { outcome: "forgotten" };
      }
    }
  }

  #isForgotten(user: number): boolean {
    const at = this.#forgotten.get(user);
    return at !== undefined && this.now < at + MINUTE;
  }

  /** Carries out, one by one, what is due first. */
  due(): void {
    for (let [next] = this.#agenda(); next !== undefined && next.at <= this.now; [next] = this.#agenda()) next.happen();
  }

  deadline(): number | undefined {
    return this.#agenda()[0]?.at;
  }

  #agenda(): { at: number; order: number; id: number; happen: () => void }[] {
    const agenda: { at: number; order: number; id: number; happen: () => void }[] = [];
    for (const entry of this.entries) {
      const offer = this.offers.find((offer) => offer.entry === entry);
      const drop = () => void this.entries.splice(this.entries.indexOf(entry), 1);
      if (offer === undefined) agenda.push({ at: entry.desired + HOUR, order: 0, id: entry.id, happen: drop });
      else agenda.push({ at: offer.expires, order: 1, id: entry.id, happen: () => this.#expire(offer) });
    }
    for (const reservation of this.reservations) {
      const { id, user, seat, start, end, status } = reservation;
      const complete = () => this.#change(reservation, "COMPLETED", "completed", 0);
      const miss = () => {
        this.#change(reservation, "NO_SHOW", "no-show", 0);
        this.#tell({ user, type: "no_show", seat, reservation: id });
        this.#free(seat, reservation);
      };
      const missed = Math.min(start + this.limits.grace, end);
      if (status === "CONFIRMED") agenda.push({ at: missed, order: 2, id, happen: miss });
      if (status === "CHECKED_IN") agenda.push({ at: end, order: 2, id, happen: complete });
    }
    return agenda.sort((a, b) => a.at - b.at || a.order - b.order || a.id - b.id);
  }

  /** By start. */
  reservationsOf(user: number): Reservation[] {
    return this.reservations.filter((each) => each.user === user).sort((a, b) => a.start - b.start || a.id - b.id);
  }

  /** Whatever holds the seat in a part of the interval. */
  holdings(seat: number, interval: Interval): (Interval & { readonly offer?: Offer })[] {
    const reserved = this.reservations.filter(({ status }) => status !== "CANCELLED" && status !== "NO_SHOW");
    const offered = this.offers.map((offer) => ({ ...offer, offer }));
    return [...reserved, ...offered].filter((each) => each.seat === seat && overlap(each, interval));
  }

  /** The seats that a list shows at `now`. */
  list(asked: { now: number; start?: number; end?: number; branch?: string; available_only?: boolean }): object[] {
    const { now, start = now, end = now + 1 } = asked;
    return this.seats
      .map(({ maintenance, ...seat }) => {
        const here = this.reservations.some(
          (each) =>
            each.seat === seat.id && each.status === "CHECKED_IN" && overlap(each, { start: now, end: now + 1 }),
        );
        const status = maintenance ? "MAINTENANCE" : here ? "OCCUPIED" : "AVAILABLE";
        const is_available = !maintenance && this.holdings(seat.id, { start, end }).length === 0;
        return { ...seat, status, is_available };
      })
      .filter((seat) => asked.branch === undefined || seat.branch === asked.branch)
      .filter((seat) => seat.is_available || !asked.available_only)
      .sort((a, b) => a.id - b.id);
  }

  /** Instants at which a list may become another. */
  boundaries(): number[] {
    return [...this.reservations, ...this.offers].flatMap(({ start, end }) => [start, end]).sort((a, b) => a - b);
  }

  #reserve({ user, seat, start, end, days }: Input & { name: "reserve" }): object {
    const { now, limits } = this;
    if (this.#isForgotten(user)) return { outcome: "no-user" };
    const wanted = this.seats.find(({ id }) => id === seat);
    if (wanted === undefined) return { outcome: "no-seat" };
    if (wanted.maintenance) return { outcome: "maintenance" };
    if (start + limits.grace <= now || end <= now) return { outcome: "past" };
    if (end - start > limits.longest) return { outcome: "too-long" };
    const met = this.holdings(seat, { start, end });
    const offers = met.flatMap(({ offer }) => (offer?.entry.user === user ? [offer] : []));
    if (offers.length < met.length) return { outcome: "conflict" };
    const mine = this.reservations.filter((each) => each.user === user);
    const counted = mine.filter(({ status }) => status !== "CANCELLED" && status !== "NO_SHOW");
    for (const { day, minutes } of days) {
      const booked = counted.flatMap((each) => each.days).filter((each) => each.day === day);
      const sum = booked.reduce((sum, each) => sum + each.minutes, minutes);
      if (limits.minutesPerDay !== null && sum > limits.minutesPerDay) return { outcome: "limit-hours" };
    }
    const open = mine.filter(({ status }) => status === "CONFIRMED" || status === "CHECKED_IN");
    if (open.length >= limits.openReservations) return { outcome: "limit-open" };
    offers.sort((a, b) => a.start - b.start);
    for (const offer of offers) {
      this.offers.splice(this.offers.indexOf(offer), 1);
      this.entries.splice(this.entries.indexOf(offer.entry), 1);
    }
    const id = this.reservations.length + 1;
    const status: Status = "CONFIRMED";
    const reservation = { id, user, seat, start, end, status, created: now, checkedIn: null, days };
    this.reservations.push(reservation);
    this.#change(reservation, status, "reserved", user);
    for (const offer of offers) {
      if (offer.start < start) this.#free(seat, { start: offer.start, end: start });
      if (offer.end > end) this.#free(seat, { start: end, end: offer.end });
    }
    return { outcome: "reserved", reservation: { ...reservation } };
  }

  #setSeat(seat: Seat): void {
    const before = this.seats.find(({ id }) => id === seat.id);
    this.seats = [...this.seats.filter((each) => each !== before), seat];
    if (!seat.maintenance || before?.maintenance) return;
    const withdrawn = this.offers.filter((offer) => offer.seat === seat.id).sort((a, b) => a.start - b.start);
    for (const offer of withdrawn) {
      this.offers.splice(this.offers.indexOf(offer), 1);
      this.#tellEnd(offer);
    }
  }

  #free(seat: number, { start, end }: Interval): void {
    const from = Math.max(start, this.now);
    const place = this.seats.find(({ id }) => id === seat);
    if (from >= end || place === undefined || place.maintenance) return;
    const fitting = this.entries.filter(
      (entry) =>
        start <= entry.desired + HOUR && entry.desired < end && !this.offers.some((offer) => offer.entry === entry),
    );
    const entry =
      fitting.find((each) => each.seat === seat) ??
      fitting.find((each) => each.seat === null && each.branch === place.branch);
    if (entry === undefined) return;
    const expires = Math.min(this.now + this.limits.offer, end);
    const offer = { start: from, end, expires };
    const told = this.#tell({ user: entry.user, type: "offer", seat, waitlist: entry.id, offer });
    this.offers.push({ entry, seat, start: from, end, made: this.now, expires, told });
  }

  #expire(offer: Offer): void {
    this.offers.splice(this.offers.indexOf(offer), 1);
    this.entries.splice(this.entries.indexOf(offer.entry), 1);
    this.#tellEnd(offer);
    this.#free(offer.seat, offer);
  }

  #leave(entry: WaitlistEntry): void {
    const offer = this.offers.find((offer) => offer.entry === entry);
    this.entries.splice(this.entries.indexOf(entry), 1);
    if (offer === undefined) return;
    this.offers.splice(this.offers.indexOf(offer), 1);
    this.#free(offer.seat, offer);
  }

  #own<T extends { id: number; user: number }>(all: T[], id: number, user: number | null): T | undefined {
    return all.find((each) => each.id === id && (user === null || each.user === user));
  }

  #change(reservation: Writable<Reservation>, status: Status, action: string, user: number): void {
    reservation.status = status;
    this.changes.push({ reservation: reservation.id, action, user, time: this.now });
  }

  #tellEnd({ entry, seat, start, end, expires }: Offer): void {
    const offer = { start, end, expires };
    this.#tell({ user: entry.user, type: "offer_expired", seat, waitlist: entry.id, offer });
  }

  #tell(about: Pick<Told, "user" | "type"> & Partial<Told>): Told {
    const id = ++this.#told;
    const told = { id, seat: null, reservation: null, waitlist: null, offer: null, created: this.now, ...about };
    this.notifications.push(told);
    return told;
  }
}
