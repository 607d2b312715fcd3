import { beforeEach, describe, expect, test } from "vitest";
import { MAX_PENDING_READS } from "../../../consensus-nodes/raft/read-index.ts";
import { Cluster, TIMING } from "./harness/cluster.ts";
import { appendEntries, LoneMember } from "./harness/lone-member.ts";

const { electionTicks, heartbeatTicks } = TIMING;

describe("a read", () => {
  let cluster: Cluster;
  const answer = (id: number, context: number) =>
    cluster.member(id).confirmedReads.find((read) => read.context === context)?.index;

  beforeEach(() => {
    cluster = new Cluster([1, 2, 3]);
    cluster.start();
    cluster.elect(1);
    cluster.member(1).propose(new Uint8Array(1));
    cluster.settle();
  });

  test("is confirmed by one round, at the leader and at a follower, with what was committed when it was asked for", () => {
    const context = cluster.member(1).read();
    const other = cluster.member(2).read();
    cluster.settle();
    expect([answer(1, context), answer(2, other)]).toEqual([2, 2]);
  });

  test("is not answered by a leader that was paused while another was elected and wrote", () => {
    cluster.member(1).pause();
    // So that it has heard nothing when it wakes up.
    cluster.network.split([1], [2, 3]);
    cluster.elect(2);
    cluster.member(2).propose(new Uint8Array(1));
    cluster.settle();
    expect(cluster.member(2).raft.commit).toBe(4);
    cluster.network.heal();
    cluster.member(1).resume();
    expect(cluster.member(1).raft.role).toBe("leader");
    const context = cluster.member(1).read();
    cluster.settle();
    expect(answer(1, context)).toBeUndefined();
    expect(cluster.member(1).failedReads).toEqual([context]);
    const retried = cluster.member(1).read();
    cluster.tickAll(heartbeatTicks);
    const late = cluster.member(1).read();
    cluster.settle();
    expect(answer(1, retried)).toBeUndefined();
    expect(answer(1, late)).toBe(4);
  });

  test("is not confirmed by the answers to an earlier round, however late they come", () => {
    const lone = leading();
    lone.member.read();
    lone.cluster.settle();
    const [first] = lone.sent("AppendEntries");
    const answerTo = (round: number) =>
      lone.tell(2, 1, {
        type: "AppendEntriesReply",
        success: true,
        match: 1,
        round,
        conflictTerm: 0,
        conflictIndex: 0,
      });
    answerTo(first?.round ?? 0);
    expect(lone.member.confirmedReads).toHaveLength(1);
    const second = lone.member.read();
    lone.cluster.settle();
    answerTo(first?.round ?? 0);
    answerTo(0);
    expect(lone.member.confirmedReads).toHaveLength(1);
    answerTo((first?.round ?? 0) + 1);
    expect(lone.member.confirmedReads.map(({ context }) => context)).toContain(second);
  });

  test("that comes during a round waits for the next", () => {
    const lone = leading();
    lone.member.read();
    lone.cluster.settle();
    const round = lone.sent("AppendEntries")[0]?.round ?? 0;
    lone.member.read();
    lone.member.read();
    lone.cluster.settle();
    const reply = { type: "AppendEntriesReply", success: true, match: 1, conflictTerm: 0, conflictIndex: 0 } as const;
    lone.tell(3, 1, { ...reply, round });
    expect(lone.member.confirmedReads.map(({ context }) => context)).toEqual([1]);
    lone.tell(3, 1, { ...reply, round: round + 1 });
    expect(lone.member.confirmedReads.map(({ context }) => context)).toEqual([1, 2, 3]);
  });

  test("waits for a new leader's first commit: before it, that one does not know how far is committed", () => {
    cluster.network.admits = ({ type }) => type !== "AppendEntriesReply";
    cluster.elect(2);
    const context = cluster.member(2).read();
    cluster.tick(2, heartbeatTicks);
    expect(answer(2, context)).toBeUndefined();
    cluster.network.admits = () => true;
    cluster.tick(2, heartbeatTicks);
    expect(answer(2, context)).toBe(3);
  });

  test("of a round whose messages were lost is confirmed by the next heartbeat", () => {
    cluster.network.admits = ({ type }) => type !== "AppendEntries";
    const context = cluster.member(1).read();
    cluster.settle();
    expect(answer(1, context)).toBeUndefined();
    cluster.network.admits = () => true;
    cluster.tick(1, heartbeatTicks);
    expect(answer(1, context)).toBe(2);
  });

  test("in a group of one is confirmed at once", () => {
    cluster = new Cluster([1]);
    cluster.start();
    cluster.elect(1);
    const context = cluster.member(1).read();
    cluster.settle();
    expect(answer(1, context)).toBe(1);
  });

  test("fails at once where no leader is known, and when the leader steps down", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.member.read();
    lone.cluster.settle();
    expect(lone.member.failedReads).toEqual([1]);

    cluster.network.split([1], [2, 3]);
    const context = cluster.member(1).read();
    cluster.tick(1, 2 * electionTicks);
    expect(cluster.member(1).failedReads).toEqual([context]);
  });

  test("asked of a leader across a change of term is answered all the same", () => {
    const lone = leading(7);
    lone.tell(2, 6, { type: "ReadIndex", context: 41 });
    lone.tell(3, 7, {
      type: "AppendEntriesReply",
      success: true,
      match: 1,
      round: 1,
      conflictTerm: 0,
      conflictIndex: 0,
    });
    expect(lone.sent("ReadIndexReply")).toMatchObject([{ to: 2, context: 41, ok: true, index: 1 }]);

    const follower = new LoneMember([1, 2, 3]);
    follower.tell(2, 3, appendEntries(0, 0, [3], 1));
    const context = follower.member.read();
    follower.tell(3, 4, appendEntries(1, 3, []));
    follower.tell(2, 3, { type: "ReadIndexReply", context, ok: true, index: 1 });
    expect(follower.member.confirmedReads).toEqual([{ context, index: 1 }]);
  });

  test("asked of a member that does not lead is refused, not left open", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(2, 0, { type: "ReadIndex", context: 5 });
    expect(lone.sent("ReadIndexReply")).toMatchObject([{ to: 2, context: 5, ok: false }]);
  });

  test("is refused when too many wait", () => {
    const lone = leading();
    for (let i = 0; i < MAX_PENDING_READS; i++) lone.member.read();
    lone.cluster.settle();
    expect(lone.member.failedReads).toEqual([]);
    const one = lone.member.read();
    lone.cluster.settle();
    expect(lone.member.failedReads).toEqual([one]);
  });

  /** A leader of three whose first entry is committed. */
  function leading(term = 1): LoneMember {
    const lone = new LoneMember([1, 2, 3], { term: term - 1 });
    lone.tick(2 * electionTicks);
    lone.tell(2, term, { type: "PreVoteReply", granted: true });
    lone.tell(2, term, { type: "RequestVoteReply", granted: true });
    lone.tell(2, term, {
      type: "AppendEntriesReply",
      success: true,
      match: 1,
      round: 0,
      conflictTerm: 0,
      conflictIndex: 0,
    });
    expect(lone.member.raft).toMatchObject({ role: "leader", commit: 1, term });
    lone.sent("AppendEntries");
    return lone;
  }
});
