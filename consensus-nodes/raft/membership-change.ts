/**
 * When a leader may change who is of the group (Ongaro's dissertation, section 4.1, with the guard he added in July 2015): one
 * voter at a time, for then every majority of the old configuration and every majority of the new one have a member in common;
 * one change at a time; and not before an entry of the leader's own term is committed:
 *
 *     S1 leads term 1, appends {1 2 3 4 5} + 6 on itself alone. S2 leads term 2, and without the guard at once removes 1 of
 *     {1 2 3 4}: commits that on 2, 3. S1 leads term 3 with the votes of 4, 5, 6, none of whom knows, and overwrites it. An entry
 *     of term 2 on a majority of the configuration before is what makes S1 lose.
 */
import type { MemberLog } from "./member-log.ts";
import { type Configuration, votersOf } from "./membership.ts";
import type { NodeId } from "./message.ts";

/** Of a group: what each of its leaders' heartbeats goes out to. */
export const MAX_MEMBERS = 32;

/**
 * Invalid: no voter, an id twice, or more than MAX_MEMBERS. NotSingle: more than one voter comes or goes. NotCaughtUp: a voter
 * that comes is no learner yet, or is not known to have the entry that says so. Until then it votes for nobody, and a leader that
 * died would leave a group that needs that vote.
 */
export type ChangeRefusal = "Invalid" | "NotSingle" | "NotCaughtUp" | "ChangePending" | "TermNotCommitted";

/**
 * @param term in which this member leads.
 * @param match what another member is known to have on disk; undefined when it is none.
 * @returns undefined when `next` may take the place of the newest configuration.
 */
export function refuseChange(
  next: Configuration,
  log: MemberLog,
  term: number,
  match: (id: NodeId) => number | undefined,
): ChangeRefusal | undefined {
  const { newest } = log.configurations;
  const voters = votersOf(next);
  const ids = new Set(next.members.map(({ id }) => id));
  if (voters.length === 0 || ids.size < next.members.length || ids.size > MAX_MEMBERS) return "Invalid";
  const come = voters.filter((voter) => !newest.voters.includes(voter));
  const gone = newest.voters.filter((voter) => !voters.includes(voter));
  if (come.length + gone.length > 1) return "NotSingle";
  if (newest.index > log.commit) return "ChangePending";
  if (log.terms.term(log.commit) !== term) return "TermNotCommitted";
  const hasCaughtUp = (id: NodeId) => (match(id) ?? -1) >= newest.index;
  return come.every(hasCaughtUp) ? undefined : "NotCaughtUp";
}
