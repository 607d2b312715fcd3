/** The music queue by generated Python stubs: queue.md and consensus.md, on every port that serves them. */
import { beforeAll, describe, expect, test } from "vitest";
import { until } from "../stack/until.ts";
import { drivePython, type PythonReplies, pythonGrpcIsHere } from "./python-stubs.ts";
import type { RunningStack } from "./running-stack.ts";

/** Some heartbeats. */
const APPLIED_WITHIN_MS = 2000;

/** Finds the queue of the default room as it is in a new cluster. @param journals of which nodes are read */
export function queueGrpcSuite(running: () => RunningStack, journals: readonly number[]): void {
  describe.skipIf(!pythonGrpcIsHere())("the queue by generated Python stubs", () => {
    let stack: RunningStack;
    let replies: PythonReplies;

    beforeAll(async () => {
      stack = running();
      const doors = [stack.grpc, stack.secondGrpc, stack.node(0), stack.node(1)];
      replies = await drivePython("queue_client.py", ["queue.proto", "raft.proto"], ...doors);
    });

    const soWhat = { id: "105", title: "So What", artist: "Miles Davis", duration: 545 };
    const blueInGreen = { id: "106", title: "Blue in Green", artist: "Miles Davis", duration: 337 };

    test("queue.QueueService answers as the contract has it", () => {
      const first = (name: string) => replies.get(name)?.[0];
      // An absent field in proto3 JSON is its default: 0 votes, an empty list, an empty Track.
      expect(first("AddTrack")).toEqual({ reply: { message: "Queued by Leader", queue: [soWhat] } });
      expect(first("AddTrack again")).toEqual({ reply: { message: "Queued by Leader", queue: [soWhat] } });
      expect(first("AddTrack conflict")).toMatchObject({ code: "ALREADY_EXISTS" });
      expect(first("AddTrack invalid")).toMatchObject({ code: "INVALID_ARGUMENT" });
      const ordered = [
        { ...blueInGreen, votes: 1 },
        { ...soWhat, votes: -1 },
      ];
      expect(first("VoteTrack up")).toMatchObject({ reply: { queue: [{ ...blueInGreen, votes: 1 }, soWhat] } });
      expect(first("VoteTrack down")).toMatchObject({ reply: { queue: ordered } });
      expect(first("VoteTrack unknown")).toMatchObject({ code: "NOT_FOUND" });
      expect(first("GetQueue")).toEqual({ reply: { queue: ordered } });
      expect(first("GetMetadata")).toEqual({ reply: { ...blueInGreen, votes: 1 } });
      expect(first("GetMetadata unknown")).toEqual({ reply: {} });
      expect(first("PlayNext")).toEqual({ reply: { ...blueInGreen, votes: 1 } });
      expect(first("GetHistory")).toEqual({ reply: { queue: [{ ...blueInGreen, votes: 1 }] } });
      expect(first("RemoveTrack")).toMatchObject({ reply: {} });
      expect(first("RemoveTrack again")).toMatchObject({ reply: {} });
      expect(first("PlayNext empty")).toEqual({ reply: {} });
    });

    test("raft.RaftClient and raft.RaftService answer on both ingress ports and on every node's", () => {
      const commands = replies.get("ClientRequest") ?? [];
      const operations = replies.get("SubmitOperation") ?? [];
      expect(commands).toHaveLength(4);
      expect(operations).toHaveLength(4);
      for (const command of commands) {
        expect(command).toMatchObject({
          reply: {
            success: true,
            message: "Committed",
            leader_id: expect.stringMatching(/^[0-4]$/),
            commit_index: expect.any(Number),
          },
        });
      }
      for (const operation of operations) {
        expect(operation).toMatchObject({ reply: { success: true, leader_id: expect.stringMatching(/^[0-4]$/) } });
      }
    });

    test("what went through the log is in the journals of the nodes", async () => {
      // It is in the order in which it was asked for; a follower hears of the last a moment later.
      const [first, last] = [`by ${stack.grpc}`, `operation by ${stack.node(1)}`];
      for (const id of journals) {
        const journal = await until(`node ${id} has applied the last`, APPLIED_WITHIN_MS, async () => {
          const { code, stdout } = await stack.tutti("journal", "--node", String(id), "--json");
          expect(code).toBe(0);
          return stdout.includes(last) && stdout;
        });
        expect(journal).toContain(first);
      }
    });
  });
}
