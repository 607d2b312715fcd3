import { describe, expect, test } from "vitest";
import { Lease } from "../../../consensus-nodes/raft/lease.ts";
import { Cluster, TICK, TIMING } from "./harness/cluster.ts";
import { appendEntries, LoneMember } from "./harness/lone-member.ts";

const { electionTicks, heartbeatTicks, hintTicks } = TIMING;
const OPTIONS = { lease: { driftPercent: 20 } };
const LENGTH = (electionTicks - 1) * 0.8;
const LOG_END = { lastIndex: 0, lastTerm: 0 };
const VOTE = { type: "RequestVote", ...LOG_END, transfer: false } as const;
const MAX_TICKS = 20 * electionTicks;

describe("a lease", () => {
  test("begins when what a majority answered was sent, and is shorter than an election timeout by the drift of clocks", () => {
    const lease = new Lease(10, 20);
    expect(lease.holds(0)).toBe(false);
    lease.began(1, 100);
    lease.began(2, 103);
    expect(lease.holds(103)).toBe(false);
    lease.confirmed(1);
    expect([lease.holds(107.1), lease.holds(107.2)]).toEqual([true, false]);
    lease.confirmed(2);
    expect([lease.holds(110.1), lease.holds(110.2)]).toEqual([true, false]);
  });

  test("does not come back with a clock that goes back, nor by an answer that comes again", () => {
    const lease = new Lease(10, 20);
    lease.began(1, 100);
    lease.confirmed(1);
    expect(lease.holds(120)).toBe(false);
    lease.confirmed(1);
    expect(lease.holds(101)).toBe(false);
    lease.began(2, 101);
    lease.confirmed(2);
    expect([lease.holds(120), lease.holds(128)]).toEqual([true, false]);
  });
});

describe("a leader with a lease", () => {
  test("answers reads at once, its own and those of others, and sends nothing for it", () => {
    const lone = leading();
    lone.sent("AppendEntries");
    const now = lone.member.monotonic?.() ?? 0;
    lone.member.raft.readIndex(1000, now + 1);
    lone.member.raft.step({ from: 3, to: 1, term: 1, type: "ReadIndex", context: 7 }, now + 1);
    const { reads, messages } = lone.member.raft.ready();
    expect(reads).toEqual([{ from: 1, context: 1000, index: 1 }]);
    expect(messages).toEqual([{ from: 1, to: 3, term: 1, type: "ReadIndexReply", context: 7, ok: true, index: 1 }]);
  });

  test("asks a round when it is over by the clock, though no tick has passed: it may have been paused", () => {
    const lone = leading();
    const now = lone.member.monotonic?.() ?? 0;
    lone.member.raft.readIndex(1000, now + LENGTH);
    const { reads, messages } = lone.member.raft.ready();
    expect(reads).toEqual([]);
    expect(messages).toMatchObject([{ type: "AppendRange", to: 2 }]);
  });

  test("asks a round when it is not told the time", () => {
    const { raft } = leading().member;
    raft.readIndex(1000);
    expect(raft.ready().reads).toEqual([]);
  });

  test("asks a round before an entry of its own term is committed", () => {
    const lone = standing();
    lone.tell(2, 1, acknowledge(0, 0));
    lone.tick(heartbeatTicks);
    lone.tell(2, 1, acknowledge(0, 1));
    lone.member.raft.readIndex(1000, lone.member.monotonic?.());
    expect(lone.member.raft.ready().reads).toEqual([]);
  });

  test("has none any more in a term in which it asked another to stand, even if that came to nothing", () => {
    const lone = leading();
    expect(lone.member.read()).toBe(lone.member.confirmedReads.length + 1);
    lone.cluster.settle();
    expect(lone.member.confirmedReads).toHaveLength(1);
    lone.member.transfer(2);
    lone.cluster.settle();
    expect(lone.sent("TimeoutNow")).toHaveLength(1);
    const answersAtOnce = () => {
      const context = lone.member.read();
      lone.cluster.settle();
      return lone.member.confirmedReads.some((read) => read.context === context);
    };
    expect(answersAtOnce()).toBe(false);
    for (let ticks = 0; ticks < 2 * electionTicks; ticks++) {
      lone.tick();
      const [last] = lone.sent("AppendEntries").slice(-1);
      lone.tell(2, 1, acknowledge(1, last?.round ?? 0));
    }
    expect(lone.member.leads).toBe(true);
    expect(answersAtOnce()).toBe(false);
  });
});

describe("a voter, where leaders have leases,", () => {
  test("votes for nobody, itself neither, until an election timeout after it heard a leader, though the connection broke", () => {
    const lone = new LoneMember([1, 2, 3], OPTIONS);
    lone.tick(electionTicks);
    lone.tell(2, 4, appendEntries(0, 0, []));
    lone.sent("PreVote");
    lone.member.disconnected(2);
    lone.tick(hintTicks);
    lone.tell(3, 5, { type: "PreVote", ...LOG_END });
    expect(lone.sent("PreVoteReply")).toMatchObject([{ granted: false }]);
    lone.tell(3, 5, VOTE);
    lone.tick(electionTicks - hintTicks - 1);
    expect(lone.member.raft).toMatchObject({ term: 4, role: "follower" });
    lone.tick(1);
    expect(lone.sent("PreVote")).toHaveLength(2);
    lone.tell(3, 5, VOTE);
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ granted: true }]);
  });

  test("keeps to that in a newer term, too, of which it heard by the way", () => {
    const lone = new LoneMember([1, 2, 3], OPTIONS);
    lone.tick(electionTicks);
    lone.tell(2, 4, appendEntries(0, 0, []));
    lone.tell(3, 5, { type: "PreVoteReply", granted: false });
    lone.tell(3, 5, VOTE);
    expect(lone.member.raft.term).toBe(5);
    expect(lone.sent("RequestVoteReply").filter(({ granted }) => granted)).toEqual([]);
    lone.tick(electionTicks);
    lone.tell(3, 5, VOTE);
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ granted: true }]);
  });

  test("and starts, waits as if it had just heard one", () => {
    const lone = new LoneMember([1, 2, 3], OPTIONS);
    lone.tick(electionTicks - 1);
    lone.tell(3, 1, VOTE);
    expect(lone.sent("RequestVoteReply")).toEqual([]);
    expect(lone.member.raft.role).toBe("follower");
    lone.tick(1);
    lone.tell(3, 1, VOTE);
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ granted: true }]);
  });

  test("votes at once for whom the leader asked to stand", () => {
    const lone = new LoneMember([1, 2, 3], OPTIONS);
    lone.tell(2, 4, appendEntries(0, 0, []));
    lone.tell(3, 5, { ...VOTE, transfer: true });
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ granted: true }]);
  });
});

describe("a leader that was paused, while another was elected,", () => {
  test("answers no read by a lease when it wakes up", () => {
    const cluster = new Cluster([1, 2, 3], OPTIONS);
    cluster.start();
    cluster.startClocks();
    const led = () => cluster.leader !== undefined && cluster.leader.raft.commit > 0;
    expect(cluster.runUntil(MAX_TICKS, led)).toBeDefined();
    const old = cluster.leader;
    if (old === undefined) throw new Error("unreachable");
    cluster.run(2 * heartbeatTicks);
    const early = old.read();
    cluster.run(0);
    expect(old.confirmedReads).toMatchObject([{ context: early }]);
    old.pause();
    const another = () => cluster.leader !== undefined && cluster.leader !== old;
    expect(cluster.runUntil(MAX_TICKS, another)).toBeDefined();
    const written = cluster.leader?.propose(new Uint8Array(1));
    const decided = () => written?.ok === true && cluster.witness.committed >= written.index;
    expect(cluster.runUntil(MAX_TICKS, decided)).toBeDefined();
    // The witness knows how far is committed, and would object to an answer below that.
    cluster.network.split(
      [old.id],
      cluster.members.map(({ id }) => id).filter((id) => id !== old.id),
    );
    old.resume();
    const late = old.read();
    cluster.schedule.step(cluster.schedule.now + TICK);
    expect(old.confirmedReads.map(({ context }) => context)).not.toContain(late);
  });
});

/** Its clock is that of the schedule, which only settling moves. */
function standing(): LoneMember {
  const lone = new LoneMember([1, 2, 3], OPTIONS);
  let now = 0;
  lone.member.monotonic = () => now;
  const tick = lone.tick.bind(lone);
  lone.tick = (ticks = 1) => {
    for (let i = 0; i < ticks; i++) {
      now += 1;
      tick();
    }
  };
  lone.tick(2 * electionTicks);
  lone.tell(2, 1, { type: "PreVoteReply", granted: true });
  lone.tell(2, 1, { type: "RequestVoteReply", granted: true });
  return lone;
}

/** Leads term 1, its first entry is committed, and its lease as long as it can be. */
function leading(): LoneMember {
  const lone = standing();
  lone.tell(2, 1, acknowledge(1, 0));
  lone.sent("AppendEntries");
  while (lone.sent("AppendEntries").every(({ round }) => round === 0)) lone.tick();
  lone.tell(2, 1, acknowledge(1, 1));
  return lone;
}

function acknowledge(match: number, round: number) {
  return { type: "AppendEntriesReply", success: true, match, round, conflictTerm: 0, conflictIndex: 0 } as const;
}
