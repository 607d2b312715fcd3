/** What users are told. Kept for those who were not there; the oldest go first. */
import type { Notification } from "./library-records.ts";
import type { LibraryState } from "./library-state.ts";
import type { ApplyContext } from "./machine.ts";

type About = Pick<Notification, "user" | "type" | "message"> &
  Partial<Pick<Notification, "seat" | "reservation" | "waitlist" | "offer">>;

export function post(state: LibraryState, about: About, { now }: ApplyContext): Notification {
  state.notificationsMade += 1;
  const id = state.notificationsMade;
  const { user, type, message, seat = null, reservation = null, waitlist = null, offer = null } = about;
  const notification = { id, user, type, message, seat, reservation, waitlist, offer, created: now };
  putNotification(state, notification);
  const [oldestOfUser] = state.notificationsOfUser.get(user) ?? [];
  const tooMany = (state.notificationsOfUser.get(user)?.size ?? 0) > state.bounds.notificationsOfUser;
  if (tooMany && oldestOfUser !== undefined) dropNotification(state, oldestOfUser);
  const oldest = state.notifications.minKey();
  if (state.notifications.size > state.bounds.notifications && oldest !== undefined) dropNotification(state, oldest);
  return notification;
}

/** In the place of the one with its id. Also when a snapshot is restored, in the order of ids. */
export function putNotification(state: LibraryState, notification: Notification): void {
  const { id, user } = notification;
  state.notifications.set(id, notification);
  const ofUser = state.notificationsOfUser.get(user);
  if (ofUser === undefined) state.notificationsOfUser.set(user, new Set([id]));
  else ofUser.add(id);
}

function dropNotification(state: LibraryState, id: number): void {
  const user = state.notifications.get(id)?.user;
  if (user === undefined) return;
  state.notifications.delete(id);
  const ofUser = state.notificationsOfUser.get(user);
  ofUser?.delete(id);
  if (ofUser?.size === 0) state.notificationsOfUser.delete(user);
}

export function dropNotificationsOf(state: LibraryState, user: number): void {
  for (const id of [...(state.notificationsOfUser.get(user) ?? [])]) dropNotification(state, id);
}

export interface News {
  /** Of the log entry applied last: the same question with `after: applied + 1` waits until there may be more. */
  readonly applied: number;
  /** Oldest first. */
  readonly notifications: readonly Notification[];
}

/** Those after the id `after`; null: those whose offer is open still. */
export function notificationsOf(
  { notifications, notificationsOfUser, offers }: LibraryState,
  { user, after }: { readonly user: number; readonly after: number | null },
  applied: number,
): News {
  const told: Notification[] = [];
  for (const id of notificationsOfUser.get(user) ?? []) {
    const notification = notifications.get(id);
    if (notification === undefined) throw new Error(`notification ${id} of user ${user} is gone`);
    const { waitlist } = notification;
    const open = waitlist !== null && offers.get(waitlist)?.notification === id;
    if (after === null ? open : id > after) told.push(notification);
  }
  return { applied, notifications: told };
}
