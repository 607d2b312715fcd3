import { describe, expect, test } from "vitest";
import { Cluster, TIMING } from "./harness/cluster.ts";
import { appendEntries, LoneMember } from "./harness/lone-member.ts";

const { electionTicks, heartbeatTicks } = TIMING;
const DATA = new Uint8Array(1);

describe("a leader that hands over", () => {
  test("is followed at once by whom it names, though all still hear it", () => {
    const cluster = elected();
    expect(cluster.member(1).transfer(3)).toBe(true);
    cluster.settle();
    expect(cluster.leader?.id).toBe(3);
    expect(cluster.members.map(({ raft }) => raft.term)).toEqual([2, 2, 2]);
    expect(cluster.member(1).events).toContainEqual({ type: "steppedDown", reason: "higher term" });
  });

  test("brings the other's log up to its own first", () => {
    const cluster = elected();
    cluster.network.cut(1, 3);
    for (let entries = 0; entries < 5; entries++) cluster.member(1).propose(DATA);
    cluster.settle();
    cluster.network.heal();
    cluster.member(1).transfer(3);
    const told: number[] = [];
    cluster.network.admits = ({ type, to }) => {
      if (type === "TimeoutNow") told.push(cluster.member(to).disk.entries.length);
      return true;
    };
    cluster.tickAll(heartbeatTicks);
    expect(told).toEqual([6]);
    expect(cluster.leader?.id).toBe(3);
  });

  test("takes nothing new until it is done", () => {
    const cluster = elected();
    cluster.member(1).transfer(3);
    expect(cluster.member(1).propose(DATA)).toEqual({ ok: false, refusal: "Transferring" });
    cluster.settle();
    expect(cluster.member(1).propose(DATA)).toEqual({ ok: false, refusal: "NotLeader" });
    expect(cluster.member(3).propose(DATA).ok).toBe(true);
  });

  test("says so again with each heartbeat, for the word may get lost", () => {
    const cluster = elected();
    let lost = 2;
    cluster.network.admits = ({ type }) => type !== "TimeoutNow" || lost-- <= 0;
    cluster.member(1).transfer(2);
    cluster.tickAll(2 * heartbeatTicks);
    expect(cluster.leader?.id).toBe(2);
  });

  test("goes on leading after an election timeout when the other is gone", () => {
    const cluster = elected();
    cluster.kill(3);
    cluster.member(1).propose(DATA);
    cluster.settle();
    expect(cluster.member(1).transfer(3)).toBe(true);
    cluster.tickAll(electionTicks - 1);
    expect(cluster.member(1).propose(DATA).ok).toBe(false);
    cluster.tickAll(1);
    expect(cluster.member(1).propose(DATA).ok).toBe(true);
    expect(cluster.member(1).raft).toMatchObject({ role: "leader", term: 1 });
  });

  test("hands over to nobody else meanwhile, nor to itself or a stranger; and only a leader hands over", () => {
    const { raft } = elected().member(1);
    expect([raft.transferLeadership(1), raft.transferLeadership(9)]).toEqual([false, false]);
    expect([raft.transferLeadership(2), raft.transferLeadership(3), raft.transferLeadership(2)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(elected().member(2).raft.transferLeadership(3)).toBe(false);
  });
});

describe("the word to stand", () => {
  test("is taken from the leader of this term only", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(2, 4, appendEntries(0, 0, []));
    lone.tell(3, 4, { type: "TimeoutNow" });
    lone.tell(2, 3, { type: "TimeoutNow" });
    expect(lone.member.raft).toMatchObject({ term: 4, role: "follower" });
    lone.tell(2, 4, { type: "TimeoutNow" });
    expect(lone.member.raft).toMatchObject({ term: 5, role: "candidate" });
    expect(lone.sent("RequestVote")).toMatchObject([
      { to: 2, transfer: true },
      { to: 3, transfer: true },
    ]);
  });

  test("holds for one election: the next is held by way of a pre-vote, and asks for nothing special", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(2, 4, appendEntries(0, 0, []));
    lone.tell(2, 4, { type: "TimeoutNow" });
    lone.sent("RequestVote");
    lone.tick(2 * electionTicks);
    expect(lone.member.raft).toMatchObject({ term: 5, role: "preCandidate" });
    lone.tell(3, 6, { type: "PreVoteReply", granted: true });
    expect(lone.sent("RequestVote")).toMatchObject([{ transfer: false }, { transfer: false }]);
  });

  test("makes nobody leader whose log is behind", () => {
    const lone = new LoneMember([1, 2, 3], { terms: [1, 2] });
    lone.tell(2, 2, appendEntries(2, 2, []));
    lone.tell(3, 3, { type: "RequestVote", lastIndex: 1, lastTerm: 1, transfer: true });
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ granted: false }]);
    lone.tell(3, 4, { type: "RequestVote", lastIndex: 2, lastTerm: 2, transfer: true });
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ granted: true }]);
  });
});

function elected(): Cluster {
  const cluster = new Cluster([1, 2, 3]);
  cluster.start();
  cluster.elect(1);
  cluster.tickAll(heartbeatTicks);
  return cluster;
}
