import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Leadership } from "../../../consensus-nodes/raft/leadership.ts";
import { MemberLog } from "../../../consensus-nodes/raft/member-log.ts";
import type { Body, Entry } from "../../../consensus-nodes/raft/message.ts";
import { emptyLog } from "./harness/founding.ts";

const [LEADER, FOLLOWER] = [1, 2];
const NEWEST_TERM = 100;
const NO_DATA = new Uint8Array(0);

/**
 * Two logs as Raft lets them come about: equal up to some index, and from there on of different terms, since no two leaders
 * share one. Each term belongs to the leader's log, to the follower's, or to neither; one of them may go on with the last shared.
 */
const logs = fc
  .record({
    shared: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 }),
    owners: fc.array(
      fc.record({ own: fc.constantFrom("leader", "follower", "nobody"), length: fc.integer({ min: 1, max: 4 }) }),
      { maxLength: 12 },
    ),
    further: fc.constantFrom("leader", "follower", "nobody"),
  })
  .map(({ shared, owners, further }) => {
    const common = shared.toSorted((a, b) => a - b);
    const lastTerm = common.at(-1) ?? 1;
    const suffix = (who: string) => [
      ...(further === who ? [lastTerm, lastTerm] : []),
      ...owners.flatMap(({ own, length }, offset) =>
        own === who ? Array.from({ length }, () => lastTerm + 1 + offset) : [],
      ),
    ];
    return { leader: [...common, ...suffix("leader")], follower: [...common, ...suffix("follower")] };
  });

describe("a follower's log that went another way", () => {
  test("is brought to the leader's with at most one refusal per term it has, and one for its length", () => {
    fc.assert(
      fc.property(logs, ({ leader, follower }) => {
        const { terms, refusals } = replicate(leader, follower);
        expect(terms).toEqual([...leader, NEWEST_TERM]);
        expect(new Set(refusals).size).toBe(refusals.length);
      }),
      { numRuns: 500 },
    );
  });

  test("of many terms is not walked back entry by entry", () => {
    const leader = [...Array.from({ length: 1000 }, () => 1), 9];
    const follower = Array.from({ length: 1000 }, (_, offset) => (offset < 10 ? 1 : 2));
    // Too short, then of another term.
    expect(replicate(leader, follower).refusals).toEqual([0, 2]);
  });

  test("is not sent again what it shares with the leader of the term where they differ", () => {
    const shared = Array.from({ length: 1000 }, () => 3);
    expect(replicate([...shared, 5, 5], [...shared, 3, 3]).entriesSent).toBe(3 + 1);
  });
});

/** Lets a new leader bring a follower up to date, and lists the conflicting terms that the follower named. */
function replicate(leaderTerms: readonly number[], followerTerms: readonly number[]) {
  const leaderLog = logOf(leaderTerms);
  const followerLog = logOf(followerTerms);
  const configuration = { id: LEADER, random: () => 0 };
  const leadership = new Leadership(
    { ...configuration, electionTicks: 10, heartbeatTicks: 3, hintTicks: 3 },
    NEWEST_TERM,
    leaderLog,
  );
  leaderLog.append(NEWEST_TERM, 0, 0, NO_DATA);
  const refusals: number[] = [];
  let entriesSent = 0;
  while (followerLog.lastIndex !== leaderLog.lastIndex || followerLog.end.lastTerm !== NEWEST_TERM) {
    const [range, ...others] = leadership.sends();
    if (range?.type !== "AppendRange") throw new Error("the leader has nothing to send, and the logs differ");
    expect(others).toEqual([]);
    const { first, last, round, previousIndex } = range;
    const entries: Entry[] = [];
    for (let index = first; index <= last; index++) {
      entries.push({ index, term: leaderLog.terms.term(index) ?? 0, kind: 0, time: 0, data: NO_DATA });
    }
    entriesSent += entries.length;
    const matching = followerLog.follow({ ...range, type: "AppendEntries", entries });
    const reply: Body = matching.matched
      ? { type: "AppendEntriesReply", success: true, match: matching.match, round, conflictTerm: 0, conflictIndex: 0 }
      : { type: "AppendEntriesReply", success: false, match: previousIndex, round, ...withoutMatched(matching) };
    if (!matching.matched) refusals.push(matching.conflictTerm);
    leadership.answered(FOLLOWER, reply);
  }
  const terms: number[] = [];
  for (let index = 1; index <= followerLog.lastIndex; index++) terms.push(followerLog.terms.term(index) ?? 0);
  return { terms, refusals, entriesSent };
}

function withoutMatched({ conflictTerm, conflictIndex }: { conflictTerm: number; conflictIndex: number }) {
  return { conflictTerm, conflictIndex };
}

function logOf(terms: readonly number[]): MemberLog {
  const runs = terms
    .map((term, offset) => ({ index: offset + 1, term }))
    .filter(({ term }, offset) => term !== terms[offset - 1]);
  return new MemberLog({ ...emptyLog([LEADER, FOLLOWER]), terms: runs, sizes: terms.map(() => 0) });
}
