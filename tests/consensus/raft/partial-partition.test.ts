import { describe, expect, test } from "vitest";
import { Cluster, TIMING } from "./harness/cluster.ts";

const { electionTicks } = TIMING;

describe.each([3, 5])("with one link of %i members cut", (size) => {
  const voters = Array.from({ length: size }, (_, offset) => offset + 1);
  const links = voters.flatMap((from) => voters.filter((to) => to !== from).map((to) => [from, to] as const));

  test("a leader stays: nobody who sees only some of the others raises a term", () => {
    for (const [from, to] of links) {
      for (const bothWays of [true, false]) {
        const cluster = withLinkCut(voters, from, to, bothWays, (group) => group.elect(1));
        cluster.run(40 * electionTicks);
        expect(cluster.leader?.id, `${from} > ${to}`).toBe(1);
        expect(cluster.members.map(({ raft }) => raft.term)).toEqual(voters.map(() => 1));
        cluster.leader?.propose(new Uint8Array(1));
        cluster.run(electionTicks);
        expect(cluster.leader?.raft.commit).toBe(2);
      }
    }
  });

  test("a leader is found in bounded time, and stays", () => {
    for (const [seed, [from, to]] of links.entries()) {
      for (const bothWays of [true, false]) {
        const cluster = withLinkCut(voters, from, to, bothWays, () => undefined, seed);
        const found = cluster.runUntil(20 * electionTicks, () => (cluster.leader?.raft.commit ?? 0) > 0);
        expect(found, `${from} > ${to}`).toBeDefined();
        const { leader } = cluster;
        const term = leader?.raft.term;
        cluster.run(40 * electionTicks);
        expect([cluster.leader, leader?.raft.term], `${from} > ${to}`).toEqual([leader, term]);
      }
    }
  });
});

describe("a member that can be heard by nobody, or hears nobody", () => {
  test.each([
    ["it hears nobody", (other: number, deaf: number) => [other, deaf] as const],
    ["nobody hears it", (other: number, deaf: number) => [deaf, other] as const],
  ])("leaves the others their leader: %s", (_, way) => {
    const cluster = new Cluster([1, 2, 3, 4, 5]);
    cluster.start();
    cluster.elect(1);
    for (const other of [1, 2, 3, 4]) cluster.network.cutOneWay(...way(other, 5));
    cluster.startClocks();
    cluster.run(40 * electionTicks);
    expect(cluster.leader?.id).toBe(1);
    expect(cluster.leader?.raft.term).toBe(1);
  });
});

function withLinkCut(
  voters: readonly number[],
  from: number,
  to: number,
  bothWays: boolean,
  before: (cluster: Cluster) => void,
  seed = 1,
): Cluster {
  const cluster = new Cluster(voters, { seed });
  cluster.start();
  before(cluster);
  cluster.network.cutOneWay(from, to);
  if (bothWays) cluster.network.cutOneWay(to, from);
  cluster.startClocks();
  return cluster;
}
