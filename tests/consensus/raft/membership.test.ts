import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeConfiguration,
  encodeConfiguration,
  type Member,
  votersOf,
} from "../../../consensus-nodes/raft/membership.ts";
import { EntryKind, type NodeId } from "../../../consensus-nodes/raft/message.ts";
import { majority } from "../../../consensus-nodes/raft/quorum.ts";
import { Cluster, TIMING } from "./harness/cluster.ts";
import { foundedBy } from "./harness/founding.ts";
import { appendEntries, LoneMember } from "./harness/lone-member.ts";

const { electionTicks, heartbeatTicks } = TIMING;
const DATA = new Uint8Array(1);
const LOG_END = { lastIndex: 0, lastTerm: 0 };

describe("a member that lost its disk and answers with another", () => {
  test("counts for nothing at a leader that has not heard of it: it has forgotten what it promised to others", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tick(2 * electionTicks);
    lone.tell(2, 1, { type: "PreVoteReply", granted: true });
    lone.tell(2, 1, { type: "RequestVoteReply", granted: true });
    const { member } = lone;
    expect(member.raft.role).toBe("leader");
    const answer = {
      type: "AppendEntriesReply",
      success: true,
      match: 1,
      round: 0,
      conflictTerm: 0,
      conflictIndex: 0,
    } as const;
    lone.tell(3, 1, { ...answer, disk: "another" });
    expect(member.raft.commit).toBe(0);
    expect(member.raft.progress.find(({ id }) => id === 3)).toMatchObject({ match: 0, silence: 1 });
    lone.tell(3, 1, answer);
    expect(member.raft.commit).toBe(1);
    lone.sent("AppendEntries");
    const context = member.read();
    lone.cluster.settle();
    const round = lone.sent("AppendEntries").at(-1)?.round ?? 0;
    lone.tell(3, 1, { ...answer, round, disk: "another" });
    expect(member.confirmedReads.map((read) => read.context)).not.toContain(context);
    lone.tell(3, 1, { ...answer, round });
    expect(member.confirmedReads.map((read) => read.context)).toContain(context);
  });
});

describe("a learner", () => {
  test("is sent all entries, and counts in no majority of acknowledgements, reads or signs of life", () => {
    const cluster = withLearner(3);
    const { log, raft } = cluster.member(3);
    expect([log.term(2), raft.commit]).toEqual([1, 2]);
    cluster.network.split([1, 3], [2]);
    const leader = cluster.member(1);
    leader.propose(DATA);
    const context = leader.read();
    cluster.settle();
    cluster.tick(1);
    expect(leader.raft.commit).toBe(2);
    expect(cluster.member(3).raft.lastIndex).toBe(3);
    expect(leader.confirmedReads.map((read) => read.context)).not.toContain(context);
    for (let ticks = 0; ticks < 2 * electionTicks; ticks++) for (const id of [1, 3]) cluster.tick(id);
    expect(leader.events).toContainEqual({ type: "steppedDown", reason: "quorum lost" });
  });

  test("never stands for election", () => {
    const cluster = withLearner(3);
    cluster.tick(3, 10 * electionTicks);
    expect(cluster.member(3).events.filter(({ type }) => type === "electionTimeout")).toEqual([]);
  });

  test("makes nobody leader by its vote", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(2, 1, withConfiguration([voter(1), voter(2), learner(3)]));
    lone.tick(2 * electionTicks);
    lone.tell(3, 2, { type: "PreVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("preCandidate");
    lone.tell(2, 2, { type: "PreVoteReply", granted: true });
    lone.tell(3, 2, { type: "RequestVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("candidate");
    lone.tell(2, 2, { type: "RequestVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("leader");
  });

  test("becomes a voter only when it is known to have the entry that made it a learner", () => {
    const cluster = new Cluster([1, 2, 3], { founders: [1, 2] });
    cluster.start();
    cluster.elect(1);
    const leader = cluster.member(1);
    const promote = () => leader.change([voter(1), voter(2), voter(3)]);
    expect(promote()).toEqual({ ok: false, refusal: "NotCaughtUp" });
    cluster.network.admits = ({ to }) => to !== 3;
    leader.change([voter(1), voter(2), learner(3)]);
    cluster.settle();
    expect(promote()).toEqual({ ok: false, refusal: "NotCaughtUp" });
    cluster.network.admits = () => true;
    cluster.tickAll(2 * heartbeatTicks);
    expect(promote()).toMatchObject({ ok: true });
  });
});

describe("a change of membership", () => {
  test("counts as soon as it is in the log: the next majority is one of the new configuration", () => {
    const cluster = withLearner(3);
    cluster.network.split([1, 2], [3]);
    cluster.member(1).change([voter(1), voter(2), voter(3)]);
    cluster.settle();
    // Two of three; of two members it was two as well.
    expect(cluster.member(1).raft.commit).toBe(3);
    cluster.network.split([1], [2]);
    cluster.network.heal();
    cluster.network.split([1, 3], [2]);
    cluster.member(1).propose(DATA);
    cluster.tick(1, 2 * heartbeatTicks);
    expect(cluster.member(1).raft.commit).toBe(4);
  });

  test("adds or removes one voter at most", () => {
    const cluster = elected([1, 2, 3, 4], [1, 2, 3]);
    const leader = cluster.member(1);
    const refused = { ok: false, refusal: "NotSingle" };
    expect(leader.change([voter(1)])).toEqual(refused);
    expect(leader.change([voter(1), voter(2), voter(4)])).toEqual(refused);
    expect(leader.change([voter(1), learner(2), learner(3)])).toEqual(refused);
    expect(leader.change([voter(1), voter(2), learner(3), learner(4)])).toMatchObject({ ok: true });
  });

  test("leaves a voter, nobody twice, and no more members than a leader can heartbeat", () => {
    const leader = elected([1, 2]).member(1);
    const invalid = { ok: false, refusal: "Invalid" };
    expect(leader.change([learner(1), learner(2)])).toEqual(invalid);
    expect(leader.change([voter(1), voter(2), learner(2)])).toEqual(invalid);
    expect(leader.change([voter(1), voter(2), ...Array.from({ length: 31 }, (_, i) => learner(i + 3))])).toEqual(
      invalid,
    );
  });

  test("waits for the one before it to be committed", () => {
    const cluster = elected([1, 2, 3, 4], [1, 2, 3]);
    const leader = cluster.member(1);
    cluster.network.split([1], [2, 3, 4]);
    expect(leader.change([voter(1), voter(2), voter(3), learner(4)])).toMatchObject({ ok: true, index: 2 });
    const next = () => leader.change([voter(1), voter(2), learner(4)]);
    expect(next()).toEqual({ ok: false, refusal: "ChangePending" });
    cluster.network.heal();
    cluster.tickAll(2 * heartbeatTicks);
    expect(next()).toMatchObject({ ok: true, index: 3 });
  });

  test("waits for an entry of the leader's own term to be committed, or two leaders would go by majorities that do not overlap", () => {
    // The fault of the dissertation's first version: see membership-change.ts.
    const cluster = elected([1, 2, 3, 4, 5], [1, 2, 3, 4]);
    cluster.member(1).change([...[1, 2, 3, 4].map(voter), learner(5)]);
    cluster.tickAll(2 * heartbeatTicks);
    cluster.network.split([1, 5], [2, 3, 4]);
    expect(cluster.member(1).change([1, 2, 3, 4, 5].map(voter))).toMatchObject({ ok: true });
    cluster.settle();
    // 2 leads a newer term, and nothing of that is committed yet.
    cluster.network.admits = ({ type }) => type !== "AppendEntriesReply";
    cluster.elect(2);
    const remove = () => cluster.member(2).change([voter(2), voter(3), voter(4), learner(5)]);
    expect(remove()).toEqual({ ok: false, refusal: "TermNotCommitted" });
    cluster.network.admits = () => true;
    cluster.tickAll(2 * heartbeatTicks);
    expect(remove()).toMatchObject({ ok: true });
    cluster.settle();
    cluster.network.heal();
    cluster.network.split([2, 3], [1, 4, 5]);
    cluster.tickAll(10 * electionTicks);
    expect(cluster.members.filter(({ leads }) => leads).map(({ id }) => id)).toEqual([2]);
  });

  test("is taken back when its entry is truncated", () => {
    const lone = new LoneMember([1, 2, 3]);
    const founding = lone.member.raft.configuration;
    lone.tell(2, 1, withConfiguration([voter(1), voter(2)]));
    expect(votersOf(lone.member.raft.configuration)).toEqual([1, 2]);
    expect(lone.member.raft.configurationIndex).toBe(1);
    lone.tell(3, 2, appendEntries(0, 0, [2]));
    expect(lone.member.raft).toMatchObject({ configuration: founding, configurationIndex: 0 });
    lone.tick(2 * electionTicks);
    expect(lone.sent("PreVote").map(({ to }) => to)).toEqual([2, 3]);
  });

  test("is there again after a restart, from the log and from a snapshot alike", () => {
    const cluster = withLearner(3);
    cluster.tickAll(heartbeatTicks);
    cluster.member(2).snapshot(0);
    cluster.settle();
    for (const member of cluster.members) {
      const { configuration } = member.raft;
      member.crash();
      member.start();
      expect(member.raft).toMatchObject({ configuration, configurationIndex: 2 });
      expect(configuration.members).toEqual([voter(1), voter(2), learner(3)]);
    }
  });

  test("is proposed by its own door alone, and read back as it was written", () => {
    const { raft } = elected([1, 2]).member(1);
    expect(() => raft.propose(EntryKind.configuration, 0, DATA)).toThrow("changeMembership");
    const configuration = { members: [voter(1), learner(2)] };
    expect(decodeConfiguration(encodeConfiguration(configuration))).toEqual(configuration);
    const spoilt = '{"members":[{"id":"1","voter":true,"address":""}]}';
    expect(() => decodeConfiguration(Buffer.from(spoilt))).toThrow("not a configuration");
  });

  test("keeps any majority before and any after it overlapping, whatever is asked for", () => {
    const asked = fc.array(
      fc.array(fc.record({ id: fc.integer({ min: 1, max: 5 }), isVoter: fc.boolean() }), { maxLength: 6 }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(asked, (changes) => {
        const cluster = elected([1, 2, 3, 4, 5], [1, 2, 3]);
        for (const change of changes) {
          const leader = cluster.leader;
          if (leader === undefined) return;
          const before = votersOf(leader.raft.configuration);
          if (!leader.change(change.map(({ id, isVoter }) => (isVoter ? voter(id) : learner(id)))).ok) continue;
          const after = votersOf(leader.raft.configuration);
          const all = new Set([...before, ...after]).size;
          expect(majority(before.length) + majority(after.length)).toBeGreaterThan(all);
          cluster.tickAll(2 * heartbeatTicks);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("a leader that is removed", () => {
  test("goes on until that is committed, does not count itself meanwhile, and steps down", () => {
    const cluster = elected([1, 2, 3]);
    const leader = cluster.member(1);
    cluster.network.split([1, 2], [3]);
    leader.change([voter(2), voter(3)]);
    cluster.settle();
    // 1 and 2 have it: a majority of three, and not of the two that are left.
    expect(leader.raft).toMatchObject({ role: "leader", commit: 1 });
    cluster.network.heal();
    cluster.tickAll(2 * heartbeatTicks);
    expect(leader.events).toContainEqual({ type: "steppedDown", reason: "removed" });
    expect(leader.raft).toMatchObject({ role: "follower", commit: 2 });
    cluster.tickAll(4 * electionTicks);
    expect(cluster.leader?.id).toBeOneOf([2, 3]);
    expect(leader.events.filter(({ type }) => type === "electionTimeout")).toHaveLength(1);
  });

  test("and alone has the entry that says so, is elected once more by those whose logs are shorter", () => {
    const cluster = elected([1, 2]);
    cluster.network.split([1], [2]);
    cluster.member(1).change([learner(1), voter(2)]);
    cluster.settle();
    cluster.member(1).crash();
    cluster.network.heal();
    cluster.member(1).start();
    for (let ticks = 0; ticks < 10 * electionTicks; ticks++) cluster.tickAll();
    expect(cluster.leader?.id).toBe(2);
    expect(cluster.member(2).raft.configuration.members).toEqual([learner(1), voter(2)]);
    expect(cluster.member(2).raft.commit).toBeGreaterThan(2);
  });
});

describe("a read", () => {
  test("whose round waits for a voter that is removed is confirmed by who is left", () => {
    const cluster = elected([1, 2]);
    const leader = cluster.member(1);
    cluster.network.split([1], [2]);
    const context = leader.read();
    cluster.settle();
    expect(leader.confirmedReads).toEqual([]);
    leader.change([voter(1)]);
    cluster.tick(1);
    expect(leader.confirmedReads).toMatchObject([{ context }]);
  });
});

describe("a node that was told of no group", () => {
  test("grants no vote and no pre-vote, for it may have lost those it granted", () => {
    const lone = new LoneMember([1, 2, 3], { founders: [2, 3] });
    lone.tell(2, 1, { type: "PreVote", ...LOG_END });
    expect(lone.sent("PreVoteReply")).toMatchObject([{ granted: false }]);
    lone.tell(2, 1, { type: "RequestVote", ...LOG_END, transfer: false });
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ granted: false }]);
    expect(lone.member.disk.hardState.vote).toBe(null);
  });

  test("never stands, and takes what a leader sends that it does not know", () => {
    const lone = new LoneMember([1, 2, 3], { founders: [2, 3] });
    lone.tick(10 * electionTicks);
    expect(lone.sent("PreVote")).toEqual([]);
    lone.tell(2, 1, appendEntries(0, 0, [1, 1], 2));
    expect(lone.member.raft).toMatchObject({ leader: 2, commit: 2 });
  });

  test("belongs to the group once it has the entry that says so", () => {
    const cluster = withLearner(3);
    expect(cluster.member(3).raft.configuration.members).toEqual([voter(1), voter(2), learner(3)]);
  });
});

describe("a node that joins in place of one that lost its disk", () => {
  test("votes for nobody but the leader in a term in which it followed one", () => {
    const lone = new LoneMember([1, 2, 3], { founders: [2, 3] });
    lone.tell(2, 4, withConfiguration([voter(2), voter(3), learner(1)]));
    expect(lone.member.disk.hardState).toEqual({ term: 4, vote: 2 });
    lone.tell(3, 4, { type: "RequestVote", lastIndex: 9, lastTerm: 3, transfer: false });
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ to: 3, granted: false }]);
  });

  test("votes so even if it heard of the term before it heard of its leader", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(3, 4, { type: "PreVoteReply", granted: false });
    expect(lone.member.disk.hardState).toEqual({ term: 4, vote: null });
    lone.tell(2, 4, appendEntries(0, 0, []));
    expect(lone.member.disk.hardState).toEqual({ term: 4, vote: 2 });
  });

  test("has no vote in configurations of its id's former disk, until it has read of its own", () => {
    const lone = new LoneMember([1, 2, 3], { founders: [2, 3], disk: "second" });
    const asksInVain = () => {
      lone.tick(10 * electionTicks);
      expect(lone.sent("PreVote")).toEqual([]);
      lone.tell(3, 9, { type: "PreVote", lastIndex: 9, lastTerm: 1 });
      expect(lone.sent("PreVoteReply")).toMatchObject([{ to: 3, granted: false }]);
      lone.tell(3, 1, { type: "TimeoutNow" });
      expect(lone.member.raft.role).toBe("follower");
    };
    // It is the only voter of the first one, as far as ids go.
    lone.tell(2, 1, withConfiguration([voter(1)], 1));
    asksInVain();
    lone.tell(2, 1, withConfiguration([voter(1), voter(2), voter(3)], 2));
    asksInVain();
    lone.tell(2, 1, withConfiguration([voter(2), voter(3)], 3));
    asksInVain();
    lone.tell(2, 1, withConfiguration([voter(2), voter(3), { ...learner(1), disk: "second" }], 4));
    lone.tick(electionTicks);
    lone.tell(3, 9, { type: "PreVote", lastIndex: 9, lastTerm: 1 });
    expect(lone.sent("PreVoteReply")).toMatchObject([{ to: 3, granted: true }]);
  });

  test("comes back under a new id, is brought up to date, and counts", () => {
    const cluster = elected([1, 2, 3, 4], [1, 2, 3]);
    cluster.member(1).propose(DATA);
    cluster.kill(3);
    cluster.member(1).change([voter(1), voter(2)]);
    cluster.settle();
    cluster.member(1).change([voter(1), voter(2), learner(4)]);
    cluster.tickAll(2 * heartbeatTicks);
    cluster.member(1).change([1, 2, 4].map(voter));
    cluster.tickAll(heartbeatTicks);
    cluster.kill(2);
    cluster.member(1).propose(DATA);
    cluster.settle();
    expect(cluster.member(1).raft.commit).toBe(6);
    expect(cluster.member(1).raft.progress).toMatchObject([
      { id: 2, match: 5, silence: 0 },
      { id: 4, match: 6, next: 7, state: "replicate", silence: 0 },
    ]);
    expect(cluster.member(4).raft.progress).toEqual([]);
  });
});

function voter(id: NodeId): Member {
  return { id, voter: true, address: `node ${id}` };
}

function learner(id: NodeId): Member {
  return { ...voter(id), voter: false };
}

/** An AppendEntries with the first entry of a log, of term 1. */
function withConfiguration(members: readonly Member[], index = 1) {
  const entry = { index, term: 1, kind: EntryKind.configuration, time: 0, data: encodeConfiguration({ members }) };
  const previous = { previousIndex: index - 1, previousTerm: index === 1 ? 0 : 1 };
  return { type: "AppendEntries", ...previous, commit: 0, round: 0, entries: [entry] } as const;
}

function elected(ids: readonly NodeId[], founders = ids): Cluster {
  const cluster = new Cluster(ids, { founders });
  cluster.start();
  cluster.elect(1);
  cluster.tickAll(heartbeatTicks);
  expect(cluster.member(1).raft.configuration).toEqual(foundedBy(founders));
  return cluster;
}

/** Member 1 leads the voters 1 and 2, and `id` is a learner, committed. */
function withLearner(id: NodeId): Cluster {
  const cluster = elected([1, 2, id], [1, 2]);
  expect(cluster.member(1).change([voter(1), voter(2), learner(id)])).toMatchObject({ ok: true, index: 2 });
  cluster.tickAll(2 * heartbeatTicks);
  return cluster;
}
