import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Cluster, TICK, TIMING } from "./harness/cluster.ts";
import { appendEntries, LoneMember } from "./harness/lone-member.ts";

const { electionTicks, hintTicks } = TIMING;
const LOG_END = { lastIndex: 0, lastTerm: 0, transfer: false };

describe("a group without faults", () => {
  test("elects one leader, and keeps it while heartbeats flow", () => {
    const cluster = new Cluster([1, 2, 3, 4, 5]);
    cluster.start();
    cluster.startClocks();
    expect(cluster.runUntil(5 * electionTicks, () => cluster.leader !== undefined)).toBeDefined();
    const { leader } = cluster;
    const term = leader?.raft.term;
    cluster.run(50 * electionTicks);
    expect(cluster.leader).toBe(leader);
    expect(cluster.members.map(({ raft }) => [raft.term, raft.leader])).toEqual(
      cluster.members.map(() => [term, leader?.id]),
    );
  });

  test("of one member elects it, once its vote is on disk, and commits what is on that disk", () => {
    const cluster = new Cluster([1], { syncTime: () => 100 });
    cluster.start();
    const member = cluster.member(1);
    for (let i = 0; i < 2 * electionTicks; i++) member.tick();
    cluster.schedule.step();
    expect(member.raft.role).toBe("candidate");
    cluster.settle();
    expect(member.raft.role).toBe("leader");
    expect(member.raft.commit).toBe(1);
    member.propose(new Uint8Array(1));
    cluster.schedule.step();
    expect([member.raft.lastIndex, member.raft.commit]).toEqual([2, 1]);
    cluster.settle();
    expect(member.raft.commit).toBe(2);
  });
});

describe("a vote", () => {
  test("goes to one of two candidates who ask in the same turn", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tellInOneTurn([2, 1, { type: "RequestVote", ...LOG_END }], [3, 1, { type: "RequestVote", ...LOG_END }]);
    const granted = lone.sent("RequestVoteReply").filter((reply) => reply.granted);
    expect(granted.map(({ to }) => to)).toEqual([2]);
  });

  test("goes to one of two candidates who ask before the disk has answered", () => {
    const lone = new LoneMember([1, 2, 3], { syncTime: () => 100 });
    lone.member.receive({ from: 2, to: 1, term: 1, type: "RequestVote", ...LOG_END });
    lone.cluster.schedule.step();
    lone.tell(3, 1, { type: "RequestVote", ...LOG_END });
    const granted = lone.sent("RequestVoteReply").filter((reply) => reply.granted);
    expect(granted.map(({ to }) => to)).toEqual([2]);
  });

  test("that was asked for twice by the same candidate is given again", () => {
    const lone = new LoneMember([1, 2, 3]);
    for (let times = 0; times < 2; times++) {
      lone.tell(2, 1, { type: "RequestVote", ...LOG_END });
      expect(lone.sent("RequestVoteReply")).toMatchObject([{ to: 2, term: 1, granted: true }]);
    }
  });

  test("goes to nobody whose log is behind: by term first, then by length", () => {
    const ask = (lastTerm: number, lastIndex: number) => {
      const lone = new LoneMember([1, 2, 3], { terms: [1, 2, 2] });
      lone.tell(2, 3, { type: "RequestVote", lastTerm, lastIndex, transfer: false });
      return lone.sent("RequestVoteReply")[0]?.granted;
    };
    expect(ask(1, 9)).toBe(false);
    expect(ask(2, 2)).toBe(false);
    expect(ask(2, 3)).toBe(true);
    expect(ask(3, 1)).toBe(true);
  });

  test("that was given makes the voter wait a full timeout before it stands itself", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const lone = new LoneMember([1, 2, 3], { term: 1, seed });
      lone.tick(electionTicks - 1);
      lone.tell(2, 1, { type: "RequestVote", ...LOG_END });
      expect(lone.sent("RequestVoteReply")).toMatchObject([{ granted: true }]);
      lone.tick(electionTicks - 1);
      expect(lone.member.raft.role).toBe("follower");
      lone.tick(electionTicks + 1);
      expect(lone.member.raft.role).toBe("preCandidate");
    }
  });

  test("counts once, however often its message arrives", () => {
    const lone = new LoneMember([1, 2, 3, 4, 5]);
    lone.tick(2 * electionTicks);
    const [asked] = lone.sent("PreVote");
    const term = asked?.term ?? 0;
    lone.tell(2, term, { type: "PreVoteReply", granted: true });
    lone.tell(2, term, { type: "PreVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("preCandidate");
    lone.tell(3, term, { type: "PreVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("candidate");
    lone.tell(2, term, { type: "RequestVoteReply", granted: true });
    lone.tell(2, term, { type: "RequestVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("candidate");
    lone.tell(4, term, { type: "RequestVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("leader");
  });

  test("of an earlier election, or of a stranger, counts nothing", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tick(2 * electionTicks);
    const term = lone.sent("PreVote")[0]?.term ?? 0;
    lone.tell(9, term, { type: "PreVoteReply", granted: true });
    lone.tell(2, term - 1, { type: "PreVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("preCandidate");
    lone.tell(2, term, { type: "PreVoteReply", granted: true });
    lone.tell(2, term - 1, { type: "RequestVoteReply", granted: true });
    lone.tell(9, term, { type: "RequestVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("candidate");
  });
});

describe("nothing in raft/", () => {
  test("awaits, reads a clock, draws a number of its own, or imports what does: no turn can be interleaved", () => {
    const folder = new URL("../../../consensus-nodes/raft/", import.meta.url);
    for (const file of readdirSync(folder)) {
      const code = readFileSync(new URL(file, folder), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      expect(code, file).not.toMatch(/\b(async|await|Promise|setTimeout|setImmediate|queueMicrotask|nextTick)\b/);
      expect(code, file).not.toMatch(/\bDate\b|Math\.random|performance|\bcrypto\b|\bprocess\b/);
      for (const [, from] of code.matchAll(/from "(.*?)"/g)) expect(from, file).toMatch(/^\.\/[a-z-]+\.ts$/);
    }
  });
});

describe("a candidate that somebody refused", () => {
  test("stands again soon, for the votes may be split", () => {
    const lone = new LoneMember([0, 1, 2, 3, 4]);
    while (lone.member.raft.role === "follower") lone.tick();
    for (const voter of [2, 3]) lone.tell(voter, 1, { type: "PreVoteReply", granted: true });
    expect(lone.member.raft.role).toBe("candidate");
    lone.tell(2, 1, { type: "RequestVoteReply", granted: false });
    lone.sent("PreVote");
    lone.tick(hintTicks);
    expect(lone.sent("PreVote")).toEqual([]);
    lone.tick(hintTicks);
    expect(lone.sent("PreVote")).toHaveLength(4);
  });
});

describe("pre-vote", () => {
  test("keeps a member that is cut off from raising its term, and from disturbing the others when it returns", () => {
    const cluster = elected([1, 2, 3], 1);
    cluster.network.split([3], [1, 2]);
    cluster.tickAll(20 * electionTicks);
    expect(cluster.member(3).raft).toMatchObject({ term: 1, role: "preCandidate" });
    cluster.network.heal();
    cluster.tickAll(2 * electionTicks);
    expect(cluster.members.map(({ raft }) => [raft.term, raft.leader])).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  test("is refused by who hears a leader, and changes nobody's term or vote", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(2, 4, appendEntries(0, 0, []));
    lone.tell(3, 5, { type: "PreVote", ...LOG_END });
    expect(lone.sent("PreVoteReply")).toMatchObject([{ to: 3, term: 4, granted: false }]);
    expect(lone.member.disk.hardState).toEqual({ term: 4, vote: 2 });
    lone.tick(electionTicks);
    lone.tell(3, 5, { type: "PreVote", ...LOG_END });
    expect(lone.sent("PreVoteReply")).toMatchObject([{ to: 3, term: 5, granted: true }]);
    expect(lone.member.disk.hardState).toEqual({ term: 4, vote: 2 });
  });

  test("brings a member that is behind by terms up to the newest", () => {
    const lone = new LoneMember([1, 2, 3], { term: 7 });
    lone.tell(2, 5, { type: "PreVote", ...LOG_END });
    expect(lone.sent("PreVoteReply")).toMatchObject([{ to: 2, term: 7, granted: false }]);
    lone.tell(2, 7, { type: "PreVote", ...LOG_END });
    expect(lone.sent("PreVoteReply")).toMatchObject([{ to: 2, term: 7, granted: false }]);
    lone.tell(2, 8, { type: "PreVoteReply", granted: false });
    expect(lone.member.raft).toMatchObject({ term: 8, role: "follower" });
  });

  test("is won by one of two who ask each other in the same tick", () => {
    const lone = new LoneMember([0, 1, 2], { terms: [1] });
    const ask = (from: number, lastIndex: number) => {
      lone.tell(from, 2, { type: "PreVote", lastTerm: 1, lastIndex });
      return lone.sent("PreVoteReply")[0]?.granted;
    };
    while (lone.member.raft.role === "follower") lone.tick();
    expect([ask(2, 1), ask(0, 1), ask(2, 2)]).toEqual([false, true, true]);
    lone.tick();
    expect(ask(2, 1)).toBe(true);
  });

  test("that is granted late makes no candidate of who has found a leader", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tick(2 * electionTicks);
    lone.tell(3, 1, appendEntries(0, 0, []));
    lone.tell(2, 2, { type: "PreVoteReply", granted: true });
    expect(lone.member.raft).toMatchObject({ role: "follower", leader: 3, term: 1 });
  });

  test("that got lost is asked for again at the next timeout", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tick(2 * electionTicks);
    expect(lone.sent("PreVote").length).toBeGreaterThanOrEqual(2);
    lone.tick(2 * electionTicks);
    expect(lone.sent("PreVote").length).toBeGreaterThanOrEqual(2);
  });
});

describe("a follower that hears its leader", () => {
  test("takes no part in elections of newer terms", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tell(2, 4, appendEntries(0, 0, []));
    lone.tick(electionTicks - 1);
    lone.tell(3, 9, { type: "RequestVote", ...LOG_END });
    expect(lone.sent("RequestVoteReply")).toEqual([]);
    expect(lone.member.raft).toMatchObject({ term: 4, leader: 2 });
    lone.tick();
    lone.tell(3, 9, { type: "RequestVote", ...LOG_END });
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ to: 3, term: 9, granted: true }]);
  });

  test("looks for another one soon when the connection to it breaks, and returns to it when it is alive", () => {
    const cluster = elected([1, 2, 3], 1);
    cluster.network.cut(1, 2);
    cluster.member(2).disconnected(1);
    cluster.tick(2, hintTicks);
    expect(cluster.member(2).raft).toMatchObject({ role: "preCandidate", term: 1, leader: null });
    cluster.network.heal();
    cluster.tickAll(TIMING.heartbeatTicks);
    expect(cluster.member(2).raft).toMatchObject({ role: "follower", term: 1, leader: 1 });
  });

  test("finds another within the ticks of a hint when the leader is dead", () => {
    const cluster = elected([1, 2, 3], 1);
    cluster.kill(1);
    cluster.tick(2, hintTicks);
    expect(cluster.leader?.id).toBe(2);
    expect(cluster.member(2).raft.commit).toBe(cluster.member(2).raft.lastIndex);
  });
});

describe("check-quorum", () => {
  test("makes a leader that hears from no majority step down within two election timeouts", () => {
    const cluster = elected([1, 2, 3, 4, 5], 1);
    cluster.network.split([1, 2], [3, 4, 5]);
    for (let ticks = 0; ticks < 2 * electionTicks; ticks++) {
      cluster.tick(1);
      cluster.tick(2);
    }
    expect(cluster.member(1).leads).toBe(false);
    expect(cluster.member(1).events).toContainEqual({ type: "steppedDown", reason: "quorum lost" });
  });

  test("makes a leader that is heard but does not hear step down, and another one lead", () => {
    const cluster = elected([1, 2, 3], 1);
    for (const id of [2, 3]) cluster.network.cutOneWay(id, 1);
    cluster.tickAll(2 * electionTicks);
    expect(cluster.member(1).leads).toBe(false);
    cluster.tickAll(6 * electionTicks);
    expect(cluster.leader?.id).toBeOneOf([2, 3]);
  });

  test("takes a refusal for a sign of life", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tick(2 * electionTicks);
    lone.tell(2, 1, { type: "PreVoteReply", granted: true });
    lone.tell(2, 1, { type: "RequestVoteReply", granted: true });
    const refusal = { type: "AppendEntriesReply", success: false, match: 0, round: 0 } as const;
    for (let ticks = 0; ticks < 5 * electionTicks; ticks++) {
      lone.tick();
      lone.tell(2, 1, { ...refusal, conflictTerm: 0, conflictIndex: 1 });
    }
    expect(lone.member.raft).toMatchObject({ role: "leader", term: 1 });
  });

  test("leaves a leader alone that hears from just a majority", () => {
    const cluster = elected([1, 2, 3, 4, 5], 1);
    cluster.network.split([1, 2, 3], [4, 5]);
    cluster.tickAll(20 * electionTicks);
    expect(cluster.leader?.id).toBe(1);
    expect(cluster.leader?.raft.term).toBe(1);
  });
});

describe("a candidate", () => {
  test("whose disk is slower than an election timeout is elected all the same", () => {
    const cluster = new Cluster([1], { syncTime: () => 25 * TICK });
    cluster.start();
    cluster.startClocks();
    expect(cluster.runUntil(10 * electionTicks, () => cluster.leader !== undefined)).toBeDefined();
  });

  test("that is not answered tries again, in a newer term", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tick(2 * electionTicks);
    lone.tell(2, 1, { type: "PreVoteReply", granted: true });
    expect(lone.sent("RequestVote").map(({ to, term }) => [to, term])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    lone.tick(2 * electionTicks);
    lone.tell(3, 2, { type: "PreVoteReply", granted: true });
    expect(lone.sent("RequestVote").map(({ to, term }) => [to, term])).toEqual([
      [2, 2],
      [3, 2],
    ]);
  });

  test("gives way to a leader of its own term", () => {
    const lone = new LoneMember([1, 2, 3]);
    lone.tick(2 * electionTicks);
    lone.tell(2, 1, { type: "PreVoteReply", granted: true });
    lone.tell(3, 1, appendEntries(0, 0, [1]));
    expect(lone.member.raft).toMatchObject({ role: "follower", leader: 3, term: 1 });
  });

  test("does not lead by votes that its own disk does not hold yet", () => {
    const lone = new LoneMember([1, 2], { syncTime: () => 100 });
    for (let i = 0; i < 2 * electionTicks; i++) lone.member.tick();
    lone.member.receive({ from: 2, to: 1, term: 1, type: "PreVoteReply", granted: true });
    lone.cluster.schedule.step();
    expect(lone.member.raft.role).toBe("candidate");
    expect(lone.sent("RequestVote")).toEqual([]);
    lone.cluster.settle();
    expect(lone.member.disk.hardState).toEqual({ term: 1, vote: 1 });
    expect(lone.sent("RequestVote")).toHaveLength(1);
  });
});

describe("a member of a newer term", () => {
  test("that took part in no election since rejoins: its refusal makes the leader start a term of its own above", () => {
    const cluster = elected([1, 2, 3], 1);
    const stranded = cluster.member(3);
    stranded.crash();
    stranded.disk.keepHardState({ term: 9, vote: 3 });
    stranded.start();
    cluster.startClocks();
    const served = () => cluster.members.every(({ raft }) => raft.leader !== null && raft.term > 9 && raft.commit > 1);
    expect(cluster.runUntil(10 * electionTicks, served)).toBeDefined();
  });
});

function elected(voters: readonly number[], leader: number): Cluster {
  const cluster = new Cluster(voters);
  cluster.start();
  cluster.elect(leader);
  cluster.tickAll(TIMING.heartbeatTicks);
  return cluster;
}
