/** Who did what: one record for each change, kept when what it is about is long forgotten. */
import { type Action, type AuditRecord, THE_CLOCK, THE_LIBRARY } from "./library-records.ts";
import type { LibraryState } from "./library-state.ts";
import type { ApplyContext } from "./machine.ts";

export type Actor = AuditRecord["user"];

/** Who acts when a command names this user; null: a trusted caller. */
export function actorOf(user: number | null): Actor {
  return user ?? THE_LIBRARY;
}

interface About {
  /** THE_CLOCK when absent. */
  readonly by?: Actor;
  readonly seat?: number | null;
  readonly reservation?: number;
}

export function record(state: LibraryState, action: Action, about: About, { index, now }: ApplyContext): void {
  const { by = THE_CLOCK, seat = null, reservation = null } = about;
  state.auditsMade += 1;
  putAuditRecord(state, state.auditsMade, { index, time: now, user: by, action, seat, reservation });
  if (state.audit.size <= state.bounds.audit) return;
  const oldest = state.audit.minKey();
  if (oldest === undefined) return;
  const forgotten = state.audit.get(oldest);
  state.audit.delete(oldest);
  if (forgotten?.reservation == null) return;
  state.auditByReservation.delete({ reservation: forgotten.reservation, number: oldest });
}

/** Also when a snapshot is restored. */
export function putAuditRecord(state: LibraryState, number: number, audited: AuditRecord): void {
  state.audit.set(number, audited);
  if (audited.reservation === null) return;
  state.auditByReservation.set({ reservation: audited.reservation, number }, undefined);
}

/** The newest `limit`, oldest first. */
export function auditTrail(
  { audit, auditByReservation }: LibraryState,
  { reservation, limit }: { readonly reservation: number | null; readonly limit: number },
): readonly AuditRecord[] {
  const trail: AuditRecord[] = [];
  if (reservation === null) {
    for (const [, audited] of audit.entriesReversed()) if (trail.push(audited) >= limit) break;
    return trail.reverse();
  }
  let key = auditByReservation.nextLowerKey({ reservation, number: Number.POSITIVE_INFINITY });
  while (key !== undefined && key.reservation === reservation && trail.length < limit) {
    const audited = audit.get(key.number);
    if (audited === undefined) throw new Error(`audit record ${key.number} of reservation ${reservation} is gone`);
    trail.push(audited);
    key = auditByReservation.nextLowerKey(key);
  }
  return trail.reverse();
}
