/** What users do about the waitlist, and what they are told of by hand. */
import { type Actor, actorOf, record } from "./library-audit.ts";
import { isForgotten } from "./library-forgotten.ts";
import { post } from "./library-notifications.ts";
import { free, leave } from "./library-offers.ts";
import { MAX_ID, type Notification, type WaitlistEntry } from "./library-records.ts";
import type { LibraryState } from "./library-state.ts";
import { addEntry, firstInQueue } from "./library-waitlist.ts";
import type { ApplyContext } from "./machine.ts";

interface Done<Outcome extends string> {
  readonly outcome: Outcome;
  /** Of the log entry that carried the command. */
  readonly index: number;
}

export type Joined =
  | (Done<"waiting"> & { readonly entry: WaitlistEntry })
  | Done<"no-user" | "no-seat" | "no-branch" | "past" | "full">;
export type Left = Done<"left" | "absent">;
export type Notified = (Done<"notified"> & { readonly notification: Notification }) | Done<"nobody" | "no-seat">;

interface Join {
  readonly user: number;
  readonly seat: number | null;
  /** With a seat it says nothing: the seat's counts. */
  readonly branch: string;
  readonly desired: number;
}

export function joinWaitlist(state: LibraryState, input: Join, context: ApplyContext): Joined {
  const { now, index } = context;
  const { user, seat, desired } = input;
  if (isForgotten(state, user, now)) return { outcome: "no-user", index };
  const place = seat === null ? undefined : state.seats.get(seat);
  if (seat !== null && place === undefined) return { outcome: "no-seat", index };
  const branch = place?.branch ?? input.branch;
  if (!state.branches.has(branch)) return { outcome: "no-branch", index };
  if (desired <= now) return { outcome: "past", index };
  const own = state.entriesOfUser.get(user)?.size ?? 0;
  const full = state.entries.size >= state.bounds.entries || state.entriesMade >= MAX_ID;
  if (full || own >= state.limits.waitlistEntries) return { outcome: "full", index };
  state.entriesMade += 1;
  const entry = { id: state.entriesMade, user, seat, branch, desired, created: now };
  addEntry(state, entry);
  record(state, "waiting", { by: user, seat }, context);
  return { outcome: "waiting", index, entry };
}

interface Leave {
  readonly entry: number;
  /** Whose it must be; null: a trusted caller, who acts for anybody. */
  readonly user: number | null;
}

export function leaveWaitlist(state: LibraryState, { entry: id, user }: Leave, context: ApplyContext): Left {
  const entry = state.entries.get(id);
  if (entry === undefined || (user !== null && entry.user !== user)) return { outcome: "absent", index: context.index };
  depart(state, entry, actorOf(user), context);
  return { outcome: "left", index: context.index };
}

/** An offer that it had passes on to the next. */
export function depart(state: LibraryState, entry: WaitlistEntry, by: Actor, context: ApplyContext): void {
  const offer = leave(state, entry, context.index);
  record(state, "left", { by, seat: entry.seat }, context);
  if (offer !== undefined) free(state, offer.seat, offer, context);
}

interface Notify {
  readonly seat: number;
  readonly message: string;
}

/** To the first who waits for the seat, else for its branch: whatever the desired time, with an open offer or without. */
export function notify(state: LibraryState, { seat, message }: Notify, context: ApplyContext): Notified {
  const { index } = context;
  const place = state.seats.get(seat);
  if (place === undefined) return { outcome: "no-seat", index };
  const first = firstInQueue(state, place);
  if (first === undefined) return { outcome: "nobody", index };
  const { id: waitlist, user } = first;
  const notification = post(state, { user, type: "message", message, seat, waitlist }, context);
  record(state, "notified", { by: actorOf(null), seat }, context);
  return { outcome: "notified", index, notification };
}
