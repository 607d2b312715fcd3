import { beforeEach, describe, expect, test } from "vitest";
import { MAX_UNSETTLED_BYTES, MAX_UNSETTLED_ENTRIES } from "../../../consensus-nodes/raft/leadership.ts";
import { ENTRY_OVERHEAD_BYTES } from "../../../consensus-nodes/raft/log-terms.ts";
import type { Message } from "../../../consensus-nodes/raft/message.ts";
import {
  MAX_INFLIGHT_BYTES,
  MAX_INFLIGHT_MESSAGES,
  MAX_MESSAGE_BYTES,
} from "../../../consensus-nodes/raft/progress.ts";
import { Cluster, TIMING } from "./harness/cluster.ts";
import { fillDisk } from "./harness/lone-member.ts";

const { electionTicks, heartbeatTicks } = TIMING;
const SMALL = new Uint8Array(16);
const LARGE = new Uint8Array(200_000);

describe("a follower that does not answer", () => {
  let cluster: Cluster;
  let toSilent: Extract<Message, { type: "AppendEntries" }>[];
  const bytes = () => toSilent.flatMap(({ entries }) => entries).reduce((sum, { data }) => sum + data.length, 0);

  beforeEach(() => {
    toSilent = [];
    cluster = new Cluster([1, 2, 3]);
    cluster.start();
    cluster.elect(1);
    // As one that is paused: what it is sent piles up on the way.
    cluster.network.admits = (message) => {
      if (message.to === 3 && message.type === "AppendEntries") toSilent.push(message);
      return message.to !== 3;
    };
  });

  test("is sent no more messages with entries than fit into its window, and the others go on", () => {
    for (let i = 0; i < 10 * MAX_INFLIGHT_MESSAGES; i++) propose(SMALL);
    expect(cluster.leader?.raft.commit).toBe(1 + 10 * MAX_INFLIGHT_MESSAGES);
    expect(toSilent.filter(({ entries }) => entries.length > 0)).toHaveLength(MAX_INFLIGHT_MESSAGES);
  });

  test("is sent no more bytes than fit into its window, and the others go on", () => {
    for (let i = 0; i < 100; i++) propose(LARGE);
    expect(cluster.leader?.raft.commit).toBe(101);
    expect(bytes()).toBeGreaterThan(MAX_INFLIGHT_BYTES - MAX_MESSAGE_BYTES);
    expect(bytes()).toBeLessThanOrEqual(MAX_INFLIGHT_BYTES + MAX_MESSAGE_BYTES);
  });

  test("is sent entries once and no more while it is not known what it has", () => {
    cluster.member(1).disconnected(3);
    for (let i = 0; i < 100; i++) propose(LARGE);
    cluster.tick(1, 20 * heartbeatTicks);
    expect(toSilent.filter(({ entries }) => entries.length > 0)).toHaveLength(1);
    expect(toSilent.length).toBeLessThanOrEqual(21);
  });

  test("is sent one message per heartbeat, however many reads the others confirm", () => {
    cluster.tick(1, heartbeatTicks);
    for (const state of ["replicate", "probe"]) {
      if (state === "probe") cluster.member(1).disconnected(3);
      toSilent = [];
      for (let i = 0; i < 500; i++) {
        cluster.member(1).read();
        cluster.settle();
      }
      cluster.tick(1, 2 * heartbeatTicks);
      expect(toSilent.length, state).toBeLessThanOrEqual(3);
    }
    expect(cluster.member(1).confirmedReads).toHaveLength(1000);
  });

  test("gets all that it missed when it answers again", () => {
    for (let i = 0; i < 300; i++) propose(i % 10 === 0 ? LARGE : SMALL);
    cluster.network.admits = () => true;
    cluster.tick(1, 2 * heartbeatTicks);
    expect(cluster.member(3).raft.commit).toBe(301);
  });

  function propose(data: Uint8Array): void {
    expect(cluster.leader?.propose(data)).toMatchObject({ ok: true });
    cluster.settle();
  }
});

describe("a follower", () => {
  test("that is far behind is sent messages of bounded size, even of entries without data", () => {
    const cluster = new Cluster([1, 2, 3]);
    for (const id of [1, 2])
      fillDisk(
        cluster.member(id),
        Array.from({ length: 30_000 }, () => 1),
      );
    cluster.start();
    let largest = 0;
    cluster.network.admits = (message) => {
      if (message.type === "AppendEntries") largest = Math.max(largest, message.entries.length);
      return true;
    };
    cluster.elect(1);
    cluster.tick(1, heartbeatTicks);
    expect(cluster.member(3).raft.commit).toBe(30_001);
    expect(largest * ENTRY_OVERHEAD_BYTES).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
  });

  test("that lost its disk is told no more than it is by heartbeats: what it refuses it had acknowledged", () => {
    const cluster = new Cluster([1, 2, 3]);
    cluster.start();
    cluster.elect(1);
    cluster.member(1).propose(SMALL);
    cluster.settle();
    const wiped = cluster.member(3);
    wiped.crash("nothing");
    wiped.disk.wipe();
    wiped.start();
    let told = 0;
    cluster.network.admits = ({ to }) => {
      if (to === 3) told += 1;
      return true;
    };
    for (const link of ["as it was", "broken"]) {
      if (link === "broken") cluster.member(1).disconnected(3);
      told = 0;
      cluster.tick(1, 10 * heartbeatTicks);
      expect(told, link).toBeLessThanOrEqual(11);
    }
  });
});

describe("a leader", () => {
  test("without a quorum takes entries up to its bounds, then no more, and more when they are committed", () => {
    for (const [data, most] of [
      [LARGE, Math.floor(MAX_UNSETTLED_BYTES / LARGE.length)],
      [SMALL, MAX_UNSETTLED_ENTRIES],
    ] as const) {
      const cluster = leading([1, 2, 3]);
      cluster.network.split([1], [2, 3]);
      expect(proposeAll(cluster, data)).toBe(most);
      cluster.network.heal();
      cluster.tick(1, 2 * heartbeatTicks);
      expect(cluster.member(1).raft.commit).toBe(most + 1);
      expect(proposeAll(cluster, data)).toBe(most);
    }
  });

  test("whose own disk hangs takes entries up to its bounds, although the others commit them", () => {
    const cluster = leading([1, 2, 3]);
    cluster.member(1).log.hang();
    let taken = 0;
    while (cluster.member(1).propose(LARGE).ok && taken < 1000) {
      taken += 1;
      cluster.settle();
    }
    expect(taken).toBe(Math.floor(MAX_UNSETTLED_BYTES / LARGE.length));
    expect(cluster.member(1).raft.commit).toBe(taken + 1);
  });

  test("takes entries at once after a restart with a log longer than the bound", () => {
    const cluster = new Cluster([1, 2, 3]);
    for (const member of cluster.members)
      fillDisk(
        member,
        Array.from({ length: MAX_UNSETTLED_ENTRIES + 1 }, () => 1),
      );
    cluster.start();
    cluster.network.admits = ({ type }) => type !== "AppendEntries";
    cluster.elect(1);
    expect(cluster.member(1).raft.commit).toBe(0);
    expect(cluster.member(1).propose(SMALL).ok).toBe(true);
  });

  test("does not count what earlier leaders left against what it took itself", () => {
    const cluster = leading([1, 2, 3]);
    cluster.network.split([1], [2, 3]);
    const most = proposeAll(cluster, LARGE);
    cluster.tick(1, 2 * electionTicks);
    expect(cluster.leader).toBeUndefined();
    cluster.network.heal();
    cluster.network.admits = ({ type }) => type !== "AppendEntries";
    cluster.elect(1);
    expect(proposeAll(cluster, LARGE)).toBe(most);
    cluster.network.admits = () => true;
    cluster.tick(1, 2 * heartbeatTicks);
    expect(cluster.member(1).raft.commit).toBe(2 * most + 2);
    cluster.network.split([1], [2, 3]);
    expect(proposeAll(cluster, LARGE)).toBe(most);
  });

  function leading(voters: readonly number[]): Cluster {
    const cluster = new Cluster(voters);
    cluster.start();
    cluster.elect(1);
    return cluster;
  }

  /** Until the leader refuses. @returns how many it took */
  function proposeAll(cluster: Cluster, data: Uint8Array): number {
    let taken = 0;
    while (cluster.member(1).propose(data).ok) {
      taken += 1;
      if (taken > 2 * MAX_UNSETTLED_ENTRIES) throw new Error("the leader takes entries without end");
    }
    expect(cluster.member(1).propose(data)).toEqual({ ok: false, refusal: "Overloaded" });
    cluster.settle();
    return taken;
  }
});
