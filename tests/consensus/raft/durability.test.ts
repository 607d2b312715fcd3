import { describe, expect, test } from "vitest";
import { Cluster, TICK, TIMING } from "./harness/cluster.ts";
import { appendEntries, LoneMember } from "./harness/lone-member.ts";

const { electionTicks } = TIMING;
/** Long enough that much happens between a write and its sync. */
const SYNC_TIME = 3;
/** Steps of a story, at each of which the power is cut once. All are played when the last one adds nothing. */
const MAX_STEPS = 400;

describe("a vote", () => {
  test("is not told before it is on disk, and after a power cut it may go to another", () => {
    const lone = new LoneMember([1, 2, 3], { syncTime: () => 100 });
    const ask = { type: "RequestVote", lastIndex: 0, lastTerm: 0, transfer: false } as const;
    lone.member.receive({ from: 2, to: 1, term: 1, ...ask });
    lone.cluster.schedule.step();
    expect(lone.sent("RequestVoteReply")).toEqual([]);
    lone.member.crash("nothing");
    lone.member.start();
    lone.tell(3, 1, ask);
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ to: 3, granted: true }]);
    expect(lone.member.disk.hardState).toEqual({ term: 1, vote: 3 });
  });

  test("survives a power cut once it was told", () => {
    const lone = new LoneMember([1, 2, 3]);
    const ask = { type: "RequestVote", lastIndex: 0, lastTerm: 0, transfer: false } as const;
    lone.tell(2, 1, ask);
    lone.member.crash();
    lone.member.start();
    lone.sent("RequestVoteReply");
    lone.tell(3, 1, ask);
    expect(lone.sent("RequestVoteReply")).toMatchObject([{ to: 3, granted: false }]);
  });

  test("is never given twice in a term, whenever the power is cut", () => {
    // All three stand for election at the same time, again and again; the witness knows of every vote.
    for (let at = 1; at <= MAX_STEPS; at++) {
      const cluster = new Cluster([1, 2, 3], { seed: at, syncTime: () => SYNC_TIME });
      cluster.start();
      for (let rounds = 0; rounds < 3; rounds++) {
        for (let i = 0; i < 2 * electionTicks; i++) for (const member of cluster.members) member.tick();
        for (let steps = 0; steps < at % 50; steps++) cluster.schedule.step();
        for (const { id } of cluster.members) if ((at >> id) % 2 === 0) cluster.member(id).crash("nothing");
        cluster.start();
      }
      cluster.settle();
    }
  });
});

describe("an acknowledgement", () => {
  test("leaves after the disk, even that of an empty append which follows the entries", () => {
    const lone = new LoneMember([1, 2, 3], { syncTime: () => 100 });
    lone.member.receive({ from: 2, to: 1, term: 1, ...appendEntries(0, 0, [1, 1]) });
    lone.cluster.schedule.step();
    lone.member.receive({ from: 2, to: 1, term: 1, ...appendEntries(2, 1, []) });
    lone.cluster.schedule.step();
    expect(lone.sent("AppendEntriesReply")).toEqual([]);
    lone.cluster.settle();
    expect(lone.sent("AppendEntriesReply").map(({ match }) => match)).toEqual([2, 2]);
    expect(lone.member.disk.entries).toHaveLength(2);
  });

  test("of entries that were replaced before they were durable does not count them as on disk", () => {
    const lone = new LoneMember([1, 2, 3], { terms: [1], syncTime: () => 50 });
    lone.member.receive({ from: 2, to: 1, term: 2, ...appendEntries(1, 1, [2, 2, 2]) });
    lone.cluster.schedule.step();
    lone.member.receive({ from: 3, to: 1, term: 3, ...appendEntries(1, 1, [3]) });
    lone.cluster.schedule.step();
    // The first write is done, the second is on its way.
    while (lone.member.disk.entries.length !== 4) lone.cluster.schedule.step();
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ to: 2, term: 2, match: 4 }]);
    lone.cluster.settle();
    expect(lone.sent("AppendEntriesReply")).toMatchObject([{ to: 3, term: 3, match: 2 }]);
  });
});

describe("what was committed", () => {
  for (const voters of [[1], [1, 2, 3], [1, 2, 3, 4, 5]]) {
    test(`by a group of ${voters.length} is there again, whenever the power of all is cut`, () => {
      const end = play(voters, Number.POSITIVE_INFINITY).steps;
      expect(end).toBeLessThan(MAX_STEPS);
      for (let at = 1; at <= end; at++) {
        const { cluster } = play(voters, at);
        const { committed } = cluster.witness;
        const terms = Array.from({ length: committed }, (_, offset) => cluster.witness.committedTerm(offset + 1));
        for (const member of cluster.members) member.crash("nothing");
        cluster.start();
        cluster.startClocks();
        const served = () => cluster.members.every(({ raft }) => raft.commit > committed);
        expect(cluster.runUntil(20 * electionTicks, served), `the power was cut at step ${at}`).toBeDefined();
        for (const { log } of cluster.members) {
          expect(Array.from({ length: committed }, (_, offset) => log.term(offset + 1))).toEqual(terms);
        }
      }
    });
  }

  test("by a leader alone on its disk is committed by the disks of a majority without its own", () => {
    const cluster = new Cluster([1, 2, 3]);
    cluster.start();
    cluster.elect(1);
    const slow = cluster.member(1);
    slow.log.hang();
    slow.propose(new Uint8Array(1));
    cluster.settle();
    expect(slow.raft.commit).toBe(2);
    expect(slow.disk.entries).toHaveLength(1);
    cluster.network.cut(1, 3);
    slow.propose(new Uint8Array(1));
    cluster.settle();
    expect(slow.raft.commit).toBe(2);
  });

  /** A leader is elected and takes a few entries, one after the other; stops after so many steps. */
  function play(voters: readonly number[], stopAt: number): { cluster: Cluster; steps: number } {
    const cluster = new Cluster(voters, { syncTime: () => SYNC_TIME });
    let steps = 0;
    const step = () => steps < stopAt && cluster.schedule.step() && ++steps;
    cluster.start();
    const [first] = cluster.members;
    for (let i = 0; i < 2 * electionTicks; i++) first?.tick();
    while (step());
    for (let entries = 0; entries < 3; entries++) {
      cluster.leader?.propose(new Uint8Array(entries));
      // The next one while this one is on its way.
      for (let i = 0; i < 2 * voters.length; i++) step();
    }
    while (step());
    return { cluster, steps };
  }
});

describe("a failed sync", () => {
  test("is followed by no promise and by no vote for oneself", () => {
    const cluster = new Cluster([1, 2, 3], { syncTime: () => TICK });
    cluster.start();
    for (const { log } of cluster.members) log.hang();
    cluster.startClocks();
    cluster.run(20 * electionTicks);
    expect(cluster.leader).toBeUndefined();
    expect(cluster.members.every(({ disk }) => disk.hardState.term === 0)).toBe(true);
  });
});
