import { describe, expect, test } from "vitest";
import { appendEntries, LoneMember } from "./harness/lone-member.ts";

describe("a follower", () => {
  test("commits no stale suffix, however far an empty append says the leader has committed", () => {
    const lone = new LoneMember([1, 2, 3], { terms: [1, 1, 2, 2, 2] });
    lone.tell(2, 3, appendEntries(2, 1, [], 5));
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ success: true, match: 2 }]);
    expect(lone.member.raft.commit).toBe(2);
    lone.tell(2, 3, appendEntries(2, 1, [3, 3], 5));
    expect(lone.member.raft.commit).toBe(4);
    expect(lone.member.disk.entries.map(({ term }) => term)).toEqual([1, 1, 3, 3]);
  });

  test("keeps what it has when an old message says less", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(2, 1, appendEntries(0, 0, [1, 1, 1]));
    lone.tell(2, 1, appendEntries(0, 0, [1], 1));
    lone.tell(2, 1, appendEntries(1, 1, []));
    expect(lone.member.disk.entries).toHaveLength(3);
    expect(lone.sent("AppendEntriesReply").map(({ match }) => match)).toEqual([3, 1, 1]);
  });

  test("names the term it has where the logs differ, and where that term begins", () => {
    const lone = new LoneMember([1, 2, 3], { terms: [1, 2, 2, 2, 3] });
    lone.tell(2, 5, appendEntries(4, 4, [5]));
    lone.tell(2, 5, appendEntries(9, 5, []));
    expect(lone.sent("AppendEntriesReply")).toMatchObject([
      { success: false, match: 4, conflictTerm: 2, conflictIndex: 2 },
      { success: false, match: 9, conflictTerm: 0, conflictIndex: 6 },
    ]);
  });

  test("replaces a suffix that waits for the disk as it does one that is on it", () => {
    const lone = new LoneMember([1, 2, 3], { terms: [1], syncTime: () => 50 });
    lone.member.receive({ from: 2, to: 1, term: 2, ...appendEntries(1, 1, [2, 2, 2]) });
    lone.cluster.schedule.step();
    lone.tellInOneTurn([3, 3, appendEntries(2, 2, [3])], [2, 4, appendEntries(1, 1, [4], 2)]);
    expect(lone.member.disk.entries.map(({ term }) => term)).toEqual([1, 4]);
    expect(lone.member.raft).toMatchObject({ lastIndex: 2, commit: 2 });
  });

  test("stops rather than replace what is committed", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(2, 1, appendEntries(0, 0, [1, 1], 2));
    expect(() => lone.tell(3, 2, appendEntries(1, 1, [2]))).toThrow("committed entry 2 of term 1 would be replaced");
    expect(() => lone.tell(3, 2, appendEntries(2, 2, []))).toThrow("committed entry 2 of term 1 is of 2");
  });

  test("tells a leader of an older term of the newer one, and takes nothing from it", () => {
    const lone = new LoneMember([1, 2, 3], { terms: [1], term: 5 });
    lone.tell(2, 4, appendEntries(1, 1, [4], 2));
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ to: 2, term: 5, success: false }]);
    expect(lone.member.raft).toMatchObject({ lastIndex: 1, commit: 0, leader: null });
  });

  test("stops when a second leader shows up in its own term", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tick(20);
    lone.tell(2, 1, { type: "PreVoteReply", granted: true });
    lone.tell(2, 1, { type: "RequestVoteReply", granted: true });
    expect(() => lone.tell(3, 1, appendEntries(0, 0, []))).toThrow("two leaders in term 1");
  });
});
