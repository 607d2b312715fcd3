/** To whom a node hands over what it leads: at every moment there is somebody, and it is one that answers. */
import { expect, test } from "vitest";
import { LogClock } from "../../consensus-nodes/replica/log-clock.ts";
import { ReplicaMembership } from "../../consensus-nodes/replica/replica-membership.ts";
import { Cluster, TIMING } from "./raft/harness/cluster.ts";

const { electionTicks, heartbeatTicks } = TIMING;

function led(by: number) {
  const cluster = new Cluster([1, 2, 3]);
  cluster.start();
  cluster.elect(by);
  cluster.tickAll(2 * heartbeatTicks);
  const { raft } = cluster.member(by);
  const membership = new ReplicaMembership(by, raft, new LogClock(() => 0, 0), () => {});
  /** A turn of the node, in which it sends what it owes. */
  const handOver = () => {
    expect(membership.handOver()).toBe(true);
    cluster.tickAll(heartbeatTicks);
  };
  return { cluster, raft, handOver };
}

test("there is somebody at every tick between two checks of the quorum", () => {
  for (let ticks = 0; ticks <= electionTicks; ticks++) {
    const { cluster, handOver } = led(1);
    // A check may have been just now, and no heartbeat since.
    cluster.tickAll(ticks);
    handOver();
    expect(cluster.leader?.id).not.toBe(1);
  }
});

test("it is not one that has been silent for longer than another", () => {
  const { cluster, raft, handOver } = led(1);
  cluster.network.admits = ({ from }) => from !== 2;
  while ((raft.progress.find(({ id }) => id === 2)?.silence ?? 0) < 2) cluster.tickAll(1);
  expect(raft.progress).toMatchObject([
    { id: 2, state: "replicate" },
    { id: 3, state: "replicate" },
  ]);
  handOver();
  expect(cluster.leader?.id).toBe(3);
});
