/** Whom a leader tells at once, and what that must not cost the others. */
import { describe, expect, test } from "vitest";
import type { Message, NodeId } from "../../../consensus-nodes/raft/message.ts";
import { Cluster, TIMING } from "./harness/cluster.ts";
import { foundedBy } from "./harness/founding.ts";

const { electionTicks, heartbeatTicks } = TIMING;
const DATA = new Uint8Array(1);

/** Member 1 leads, a tick has passed, and all have all. */
function settled(ids: readonly NodeId[]): { cluster: Cluster; appends: (Message & { type: "AppendEntries" })[] } {
  const cluster = new Cluster(ids);
  cluster.start();
  cluster.elect(1);
  cluster.tick(1);
  const appends: (Message & { type: "AppendEntries" })[] = [];
  cluster.network.admits = (message) => {
    if (message.type === "AppendEntries") appends.push(message);
    return true;
  };
  return { cluster, appends };
}

const withEntries = (appends: readonly { readonly to: NodeId; readonly entries: readonly unknown[] }[]) =>
  appends.filter(({ entries }) => entries.length > 0).map(({ to, entries }) => [to, entries.length]);

/** Proposes one entry at the leader. @returns whether it is committed without a tick */
function commits(cluster: Cluster, leader: NodeId = 1): boolean {
  const { raft } = cluster.member(leader);
  cluster.member(leader).propose(DATA);
  cluster.settle();
  return raft.commit === raft.lastIndex;
}

describe("new entries", () => {
  test.each([
    [3, [1, 2, 3], [2]],
    [4, [1, 2, 3, 4], [2, 3]],
    [5, [1, 2, 3, 4, 5], [2, 3]],
  ])(
    "go to as many of %i members at once as commit them, and to the others a tick later in one message",
    (_, ids, eager) => {
      const { cluster, appends } = settled(ids);
      for (let entry = 0; entry < 4; entry++) expect(commits(cluster)).toBe(true);
      expect(new Set(withEntries(appends).map(([to]) => to))).toEqual(new Set(eager));
      appends.length = 0;
      cluster.tick(1);
      const later = ids.filter((id) => id !== 1 && !eager.includes(id));
      expect(withEntries(appends)).toEqual(later.map((id) => [id, 4]));
      expect(cluster.members.map(({ raft }) => raft.lastIndex)).toEqual(ids.map(() => 5));
    },
  );

  test("go to everybody before the first tick of a term", () => {
    const cluster = new Cluster([1, 2, 3]);
    cluster.start();
    cluster.elect(1);
    cluster.network.split([1, 3], [2]);
    expect(commits(cluster)).toBe(true);
  });

  test.each([
    ["one of three", [1, 2, 3], [2]],
    ["one of five", [1, 2, 3, 4, 5], [3]],
    ["two of five", [1, 2, 3, 4, 5], [2, 3]],
  ])("are committed within a tick when %s falls silent, and from then on without one", (_, ids, silent) => {
    const { cluster } = settled(ids);
    for (const id of silent) cluster.member(id).pause();
    expect(commits(cluster)).toBe(false);
    cluster.tick(1);
    const { raft } = cluster.member(1);
    expect(raft.commit).toBe(raft.lastIndex);
    cluster.tick(1);
    for (let entry = 0; entry < 3; entry++) expect(commits(cluster)).toBe(true);
  });

  test("are committed at once when the connection to an eager one broke", () => {
    const { cluster } = settled([1, 2, 3]);
    cluster.kill(2);
    expect(commits(cluster)).toBe(true);
    cluster.tick(1);
    expect(commits(cluster)).toBe(true);
  });

  test("reach who was silent when it is back, though it is not eager any more", () => {
    const { cluster } = settled([1, 2, 3]);
    cluster.network.cut(1, 2);
    for (let ticks = 0; ticks < electionTicks - 2; ticks++) {
      cluster.member(1).propose(DATA);
      cluster.tick(1);
    }
    cluster.network.heal();
    cluster.tick(1, heartbeatTicks);
    const { raft } = cluster.member(1);
    expect(cluster.member(2).raft.lastIndex).toBe(raft.lastIndex);
    expect(cluster.member(2).raft.commit).toBe(raft.commit);
  });

  test("reach whoever is to take over at once", () => {
    const { cluster } = settled([1, 2, 3]);
    expect(commits(cluster)).toBe(true);
    expect(cluster.member(3).raft.lastIndex).toBe(1);
    cluster.member(1).transfer(3);
    cluster.settle();
    expect(cluster.leader?.id).toBe(3);
    expect(cluster.member(3).raft.lastIndex).toBe(3);
  });

  test("are committed by who remains when an eager one is removed", () => {
    const { cluster } = settled([1, 2, 3, 4]);
    cluster.member(1).change(foundedBy([1, 3, 4]).members);
    cluster.settle();
    cluster.tick(1, 2);
    cluster.network.split([1, 3, 4], [2]);
    expect(commits(cluster)).toBe(true);
  });
});

describe("a read", () => {
  const isConfirmed = (cluster: Cluster, id: NodeId, context: number) =>
    cluster.member(id).confirmedReads.some((read) => read.context === context);

  test("is confirmed by the eager alone, and by the others a tick later", () => {
    const { cluster, appends } = settled([1, 2, 3]);
    const first = cluster.member(1).read();
    cluster.settle();
    expect(isConfirmed(cluster, 1, first)).toBe(true);
    expect(appends.map(({ to }) => to)).toEqual([2]);
    cluster.member(2).pause();
    const second = cluster.member(1).read();
    cluster.settle();
    expect(isConfirmed(cluster, 1, second)).toBe(false);
    cluster.tick(1, 2);
    expect(isConfirmed(cluster, 1, second)).toBe(true);
    const third = cluster.member(1).read();
    cluster.settle();
    expect(isConfirmed(cluster, 1, third)).toBe(true);
  });

  test("at a follower that is not eager finds there what was committed, without a tick", () => {
    const { cluster } = settled([1, 2, 3]);
    expect(commits(cluster)).toBe(true);
    const context = cluster.member(3).read();
    cluster.settle();
    expect(cluster.member(3).confirmedReads).toContainEqual({ context, index: 2 });
    expect(cluster.member(3).raft.commit).toBe(2);
  });
});
