import { beforeEach, describe, expect, test } from "vitest";
import { committable } from "../../../consensus-nodes/raft/commit-rule.ts";
import { LogTerms } from "../../../consensus-nodes/raft/log-terms.ts";
import type { Message } from "../../../consensus-nodes/raft/message.ts";
import { Cluster, TIMING } from "./harness/cluster.ts";

/**
 * Figure 8 of the paper. A leader here adds an empty entry of its own term at once; index 1 is that of the common past.
 *
 *     index   1 2     1 2     1 2 3   1 2     1 2 3
 *     S1      1 2     1 2     1 2 4   1 3     1 2 4
 *     S2      1 2     1 2     1 2     1 3     1 2 4
 *     S3      1       1       1 2     1 3     1 2 4
 *     S4      1       1       1       1 3     1
 *     S5      1       1 3     1 3     1 3     1 3
 *            (a)     (b)     (c)     (d)     (e)
 */
describe("figure 8 of the paper", () => {
  let cluster: Cluster;
  const terms = (id: number) => cluster.member(id).disk.entries.map(({ term }) => term);
  const holdBack = (held: (message: Message) => boolean) => {
    cluster.network.admits = (message) => !held(message);
  };

  beforeEach(() => {
    cluster = new Cluster([1, 2, 3, 4, 5]);
    cluster.start();
    cluster.elect(1);
    cluster.tick(1, TIMING.heartbeatTicks);
    expect(cluster.members.map(({ raft }) => raft.commit)).toEqual([1, 1, 1, 1, 1]);

    // (a) S1 leads term 2. Its entry reaches S2 and nobody else.
    cluster.kill(1);
    cluster.member(1).start();
    holdBack(({ type, to }) => type === "AppendEntries" && to !== 2);
    cluster.elect(1);
    expect(cluster.leader?.raft.term).toBe(2);
    expect([1, 2, 3, 4, 5].map(terms)).toEqual([[1, 2], [1, 2], [1], [1], [1]]);

    // (b) S1 dies; S5 leads term 3 by the votes of S3 and S4, and its entry reaches nobody.
    cluster.kill(1);
    holdBack(({ type, from }) => type === "AppendEntries" && from === 5);
    cluster.elect(5);
    expect(cluster.leader?.raft.term).toBe(3);
    expect([2, 3, 4, 5].map(terms)).toEqual([[1, 2], [1], [1], [1, 3]]);
  });

  test("(c) an entry of an older term is not committed when a majority has it", () => {
    replicateOldEntry();
    expect(cluster.witness.committed).toBe(1);
  });

  test("(d) it can still be overwritten by a leader whose last entry is newer", () => {
    replicateOldEntry();
    cluster.kill(1);
    cluster.member(5).start();
    holdBack(() => false);
    cluster.elect(5);
    cluster.member(1).start();
    cluster.tickAll(3 * TIMING.heartbeatTicks);
    for (const id of [1, 2, 3, 4, 5]) expect(terms(id).slice(0, 2)).toEqual([1, 3]);
    expect(cluster.members.every(({ raft }) => raft.commit >= 3)).toBe(true);
  });

  test("(e) it is committed with the first entry of the new term, and then nobody without it is elected", () => {
    replicateOldEntry();
    holdBack(({ type, to }) => type === "AppendEntries" && to === 4);
    cluster.tick(1, TIMING.heartbeatTicks);
    expect(cluster.member(1).raft.commit).toBe(3);
    cluster.kill(1);
    cluster.member(5).start();
    expect(() => cluster.elect(5)).toThrow("was not elected");
    cluster.elect(2);
    expect(terms(2).slice(0, 3)).toEqual([1, 2, 4]);
  });

  /** (c) S5 dies; S1 comes back, leads term 4, and brings entry 2 to S3, but entry 3, its own, to nobody. */
  function replicateOldEntry(): void {
    cluster.kill(5);
    cluster.member(1).start();
    holdBack((message) => message.type === "AppendEntries" && message.entries.some(({ term }) => term === 4));
    cluster.elect(1);
    // S1 would send entry 3 along with entry 2.
    cluster.member(3).receive({
      type: "AppendEntries",
      from: 1,
      to: 3,
      term: 4,
      previousIndex: 1,
      previousTerm: 1,
      commit: 1,
      round: 0,
      entries: cluster.member(1).log.read(2, 2, 0),
    });
    cluster.settle();
    // By their answers S1 knows that it, S2 and S3 have entry 2.
    cluster.tick(1, TIMING.heartbeatTicks);
    expect(cluster.leader?.raft.term).toBe(4);
    expect([1, 2, 3, 4].map(terms)).toEqual([[1, 2, 4], [1, 2], [1, 2], [1]]);
  }
});

describe("the commit rule", () => {
  const log = new LogTerms(
    { index: 0, term: 0 },
    [
      { index: 1, term: 1 },
      { index: 3, term: 4 },
    ],
    [0, 0, 0, 0],
  );

  test("commits what a majority has once it is of the leader's own term", () => {
    expect(committable([4, 3, 1], log, 4, 0)).toBe(3);
    expect(committable([4, 4, 4, 1, 1], log, 4, 3)).toBe(4);
  });

  test("commits nothing of an older term, nor of a newer", () => {
    expect(committable([4, 2, 2], log, 4, 0)).toBe(0);
    expect(committable([4, 4, 4], log, 5, 1)).toBe(1);
    expect(committable([2, 2, 2], log, 4, 0)).toBe(0);
  });

  test("never goes back", () => {
    expect(committable([3, 3, 3], log, 4, 4)).toBe(4);
  });
});
