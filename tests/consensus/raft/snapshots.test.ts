import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../../consensus-nodes/raft/member-log.ts";
import { Cluster, TIMING } from "./harness/cluster.ts";
import { foundedBy } from "./harness/founding.ts";
import { appendEntries, fillDisk, LoneMember } from "./harness/lone-member.ts";

const { electionTicks, heartbeatTicks } = TIMING;
const DATA = new Uint8Array(1);
const OTHERS = [1, 2, 3];

describe("a follower that needs entries which its leader has no more", () => {
  test("is offered a snapshot, fetches it, and goes on with the entries after it", () => {
    const cluster = withCompactedLeader([], 0);
    const follower = cluster.member(3);
    follower.start();
    cluster.tickAll(2 * heartbeatTicks);
    expect(follower).toMatchObject({ restored: 1, restarted: 1 });
    expect(follower.disk.base).toEqual(cluster.member(1).disk.snapshot && { index: 6, term: 1 });
    expectConverged(cluster);
  });

  test("and was cut off meanwhile, is offered it when it is back", () => {
    const cluster = new Cluster([1, 2, 3]);
    cluster.start();
    cluster.elect(1);
    cluster.network.split([3], [1, 2]);
    for (let entries = 0; entries < 5; entries++) cluster.member(1).propose(DATA);
    cluster.settle();
    cluster.member(1).snapshot(2);
    cluster.settle();
    cluster.network.heal();
    cluster.tickAll(3 * heartbeatTicks);
    expect(cluster.member(3).restored).toBe(1);
    expectConverged(cluster);
  });

  test("and had a part of them on its way, is sent no more than one message of a log that it cannot follow", () => {
    const cluster = withCompactedLeader([1, 1, 1], 0);
    const sent: string[] = [];
    cluster.network.admits = ({ to, type }) => {
      if (to === 3) sent.push(type);
      return type !== "InstallSnapshot";
    };
    cluster.member(3).start();
    cluster.tickAll(4 * heartbeatTicks);
    expect(sent.filter((type) => type === "AppendEntries").length).toBeLessThanOrEqual(2);
    expect(sent.filter((type) => type === "InstallSnapshot").length).toBeGreaterThanOrEqual(3);
  });

  // Row by row what the follower has beside the leader's entries of term 1 and 4, of which the snapshot covers 1 to 6.
  const tails: readonly (readonly [name: string, terms: readonly number[], restored: number])[] = [
    ["ends before it", [1, 1, 1, 1], 1],
    ["ends exactly there with the same entry", [1, 1, 1, 1, 4, 4], 0],
    ["ends exactly there with another entry", [1, 1, 1, 1, 2, 2], 1],
    ["differs first exactly there", [1, 1, 1, 1, 1, 1, 3], 1],
    ["differs before and goes on beyond it", [1, 1, 3, 3, 3, 3, 3, 3, 3, 3], 1],
    ["agrees there and differs beyond", [1, 1, 1, 1, 4, 4, 4, 4, 4, 4], 0],
  ];
  for (const [name, terms, restored] of tails) {
    test(`converges within a few heartbeats when its log ${name}`, () => {
      const cluster = new Cluster([1, 2, 3]);
      for (const id of [1, 2]) fillDisk(cluster.member(id), [1, 1, 1, 1, 4, 4, 4]);
      fillDisk(cluster.member(3), terms, 4);
      cluster.network.split([3], [1, 2]);
      for (const id of [1, 2]) cluster.member(id).start();
      cluster.elect(1);
      cluster.tickAll(heartbeatTicks);
      snapshotAt(cluster, 6);
      cluster.member(3).start();
      cluster.network.heal();
      cluster.tickAll(4 * heartbeatTicks);
      expect(cluster.member(3).restored).toBe(restored);
      expectConverged(cluster);
    });
  }

  /** Leader 1 of members 1 and 2 with a snapshot of 6 entries, and member 3, with these entries, not started yet. */
  function withCompactedLeader(terms: readonly number[], kept: number): Cluster {
    const cluster = new Cluster([1, 2, 3]);
    fillDisk(cluster.member(3), terms);
    for (const id of [1, 2]) cluster.member(id).start();
    cluster.elect(1);
    for (let entries = 0; entries < 5; entries++) cluster.member(1).propose(DATA);
    cluster.settle();
    cluster.member(1).snapshot(kept);
    cluster.settle();
    return cluster;
  }
});

/** Member 1 leads, and all of the first entries up to `index` are gone there, all else stays. */
function snapshotAt(cluster: Cluster, index: number): void {
  const { raft, log } = cluster.member(1);
  const term = log.term(index);
  if (term === undefined) throw new Error(`there is no entry ${index}`);
  const snapshot = snapshotOf(index, term);
  cluster.member(1).disk.keepSnapshot(snapshot);
  raft.compact(snapshot, index);
  log.compact(index);
  cluster.settle();
}

describe("an offer of a snapshot", () => {
  test("is as good as a heartbeat: nobody stands against who sends it", () => {
    const lone = new LoneMember(OTHERS);
    for (let ticks = 0; ticks < 5 * electionTicks; ticks += heartbeatTicks) {
      lone.tell(2, 1, { type: "InstallSnapshot", index: 5, snapshotTerm: 1, round: 0 });
      lone.tick(heartbeatTicks);
      expect(lone.sent("PreVote")).toEqual([]);
    }
    expect(lone.member.raft).toMatchObject({ leader: 2, commit: 0 });
  });

  test("makes of its answer a sign of life, and of a read round a confirmed one", () => {
    const lone = leadingWithSnapshot();
    lone.sent("InstallSnapshot");
    const context = lone.member.read();
    lone.cluster.settle();
    const [offer] = lone.sent("InstallSnapshot");
    expect(offer).toMatchObject({ to: 3, round: 1 });
    for (let ticks = 0; ticks < 5 * electionTicks; ticks++) {
      lone.tick();
      lone.tell(3, 1, { ...acknowledge(0), round: 1 });
    }
    expect(lone.member.leads).toBe(true);
    expect(lone.member.confirmedReads).toEqual([{ context, index: 2 }]);
  });

  test("is repeated with each heartbeat, and not for each answer", () => {
    const lone = leadingWithSnapshot();
    expect(lone.sent("InstallSnapshot")).toMatchObject([{ to: 3, index: 2, snapshotTerm: 1 }]);
    for (let beats = 0; beats < 5; beats++) {
      for (let answers = 0; answers < 3; answers++) lone.tell(3, 1, acknowledge(0));
      expect(lone.sent("InstallSnapshot")).toEqual([]);
      lone.tick(heartbeatTicks);
      expect(lone.sent("InstallSnapshot")).toHaveLength(1);
    }
    lone.tell(3, 1, acknowledge(2));
    lone.tick(heartbeatTicks);
    expect(lone.sent("InstallSnapshot")).toEqual([]);
  });

  test("of what is committed here already is no news, and answered with as much", () => {
    const lone = new LoneMember(OTHERS);
    lone.tell(2, 1, appendEntries(0, 0, [1, 1, 1], 3));
    lone.sent("AppendEntriesReply");
    lone.tell(2, 1, { type: "InstallSnapshot", index: 2, snapshotTerm: 1, round: 7 });
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ to: 2, success: true, match: 3, round: 7 }]);
    expect(lone.member.restored).toBe(0);
  });

  test("tells how far is committed who has the entries and did not know", () => {
    const lone = new LoneMember(OTHERS, { terms: [1, 1, 1] });
    lone.tell(2, 1, { type: "InstallSnapshot", index: 2, snapshotTerm: 1, round: 0 });
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ success: true, match: 2 }]);
    expect(lone.member.raft.commit).toBe(2);
  });

  test("of an earlier term is answered with the newer one", () => {
    const lone = new LoneMember(OTHERS, { term: 5 });
    lone.tell(2, 4, { type: "InstallSnapshot", index: 2, snapshotTerm: 1, round: 0 });
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ to: 2, term: 5, success: false }]);
    expect(lone.member.raft.leader).toBe(null);
  });
});

describe("a snapshot that was fetched", () => {
  test("is acknowledged only when the log on disk begins after it", () => {
    const lone = restoring([1, 1, 2, 2]);
    lone.cluster.schedule.step();
    expect(lone.sent("AppendEntriesReply")).toEqual([]);
    expect(lone.member.raft).toMatchObject({ commit: 4, lastIndex: 4 });
    lone.cluster.settle();
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ to: 2, success: true, match: 4 }]);
    expect([lone.member.disk.base, lone.member.disk.entries]).toEqual([{ index: 4, term: 3 }, []]);
  });

  test("takes the place of the log after a power cut in between, too", () => {
    const lone = restoring([1, 1, 2, 2]);
    lone.member.crash("nothing");
    lone.member.start();
    expect(lone.member.raft).toMatchObject({ commit: 4, lastIndex: 4 });
    lone.tell(2, 3, appendEntries(4, 3, [3], 5));
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ success: true, match: 5 }]);
    expect(lone.member.raft.commit).toBe(5);
  });

  test("leaves the entries after it where they are when its own last entry is in the log", () => {
    const lone = new LoneMember(OTHERS, { terms: [1, 1, 3, 3, 3, 3] });
    expect(lone.member.raft.restore(snapshotOf(4, 3))).toBe(true);
    expect(lone.member.raft).toMatchObject({ commit: 4, lastIndex: 6 });
    expect(lone.member.raft.hasReady()).toBe(false);
  });

  test("is refused when as much is committed by now", () => {
    const lone = new LoneMember(OTHERS);
    lone.tell(2, 3, appendEntries(0, 0, [3, 3, 3, 3], 4));
    expect(lone.member.raft.restore(snapshotOf(4, 3))).toBe(false);
    expect(lone.member.raft).toMatchObject({ commit: 4, lastIndex: 4 });
  });

  test("brings the configuration that holds as of its end, and forgets those of the log before", () => {
    const lone = new LoneMember(OTHERS);
    const configuration = foundedBy([1, 2, 3, 4]);
    lone.tell(2, 3, appendEntries(0, 0, []));
    lone.member.raft.restore({ index: 9, term: 2, configuration, configurationIndex: 7 });
    expect(lone.member.raft).toMatchObject({ configuration, configurationIndex: 7 });
  });

  /** Has fetched a snapshot of 4 entries, the last of term 3, from leader 2, and told so; its disk is slow. */
  function restoring(terms: readonly number[]): LoneMember {
    const lone = new LoneMember(OTHERS, { terms, term: 3, syncTime: () => 50 });
    lone.tell(2, 3, appendEntries(0, 0, []));
    lone.sent("AppendEntriesReply");
    const snapshot = snapshotOf(4, 3);
    lone.cluster.witness.commits(2, 0, 4, (index) => [1, 1, 3, 3][index - 1], undefined);
    lone.member.disk.keepSnapshot(snapshot);
    lone.member.restore(snapshot);
    return lone;
  }
});

describe("a compacted log", () => {
  test("is a log like any other after a restart", () => {
    const cluster = new Cluster(OTHERS);
    cluster.start();
    cluster.elect(1);
    for (let entries = 0; entries < 9; entries++) cluster.member(1).propose(DATA);
    cluster.tickAll(heartbeatTicks);
    for (const [offset, member] of cluster.members.entries()) member.snapshot(2 * offset);
    cluster.settle();
    expect(cluster.members.map(({ disk }) => disk.base.index)).toEqual([10, 8, 6]);
    for (const member of cluster.members) member.crash("nothing");
    cluster.start();
    cluster.elect(2);
    cluster.member(2).propose(DATA);
    cluster.tickAll(heartbeatTicks);
    expect(cluster.members.map(({ raft }) => raft.commit)).toEqual([12, 12, 12]);
  });

  test("is continued by the term of the entry before its first one", () => {
    const lone = leadingWithSnapshot();
    lone.tell(2, 1, acknowledge(2));
    lone.sent("AppendEntries");
    lone.member.propose(DATA);
    lone.cluster.settle();
    expect(lone.sent("AppendEntries")).toContainEqual(
      expect.objectContaining({ to: 2, previousIndex: 2, previousTerm: 1 }),
    );
  });

  test("keeps what no snapshot covers, and a snapshot covers nothing that is not committed", () => {
    const { member } = leadingWithSnapshot();
    member.propose(DATA);
    expect(() => member.raft.compact(snapshotOf(2, 1), 3)).toThrow("entry 3 goes, the snapshot ends at 2");
    expect(() => member.raft.compact(snapshotOf(3, 1), 3)).toThrow("a snapshot ends at 3, committed is 2");
    expect(() => member.raft.compact(snapshotOf(2, 2), 2)).toThrow("entry 2 is of term 1, in the snapshot of 2");
  });
});

function snapshotOf(index: number, term: number): Snapshot {
  return { index, term, configuration: foundedBy(OTHERS), configurationIndex: 0 };
}

function acknowledge(match: number) {
  return { type: "AppendEntriesReply", success: true, match, round: 0, conflictTerm: 0, conflictIndex: 0 } as const;
}

/** Leads term 1, two entries committed with member 2, covered by a snapshot, and gone. */
function leadingWithSnapshot(): LoneMember {
  const lone = new LoneMember(OTHERS);
  lone.tick(2 * electionTicks);
  lone.tell(2, 1, { type: "PreVoteReply", granted: true });
  lone.tell(2, 1, { type: "RequestVoteReply", granted: true });
  lone.tell(2, 1, acknowledge(1));
  lone.member.propose(DATA);
  lone.cluster.settle();
  lone.tell(2, 1, acknowledge(2));
  lone.member.snapshot(0);
  lone.sent("AppendEntries");
  lone.cluster.settle();
  return lone;
}

function expectConverged(cluster: Cluster): void {
  const { raft } = cluster.member(1);
  for (const member of cluster.members) {
    expect(member.raft.commit).toBe(raft.commit);
    expect(member.raft.lastIndex).toBe(raft.lastIndex);
    const { base } = member.disk;
    for (let index = Math.max(base.index, cluster.member(1).disk.base.index); index <= raft.lastIndex; index++) {
      expect(member.log.term(index)).toBe(cluster.member(1).log.term(index));
    }
  }
}
