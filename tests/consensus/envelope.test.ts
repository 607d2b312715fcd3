import { expect, test } from "vitest";
import type { Body } from "../../consensus-nodes/raft/message.ts";
import { fromEnvelope, type PeerMessage, toEnvelope } from "../../consensus-nodes/transport/envelope.ts";
import { Envelope } from "../../proto/generated/peer.ts";

const FAR = 2 ** 53 - 1;

/** One per kind, for the compiler counts them; no field has the value it would have if it were left out. */
const bodies: { readonly [Type in Body["type"]]: Extract<Body, { readonly type: Type }> } = {
  PreVote: { type: "PreVote", lastIndex: FAR, lastTerm: 2 },
  PreVoteReply: { type: "PreVoteReply", granted: true },
  RequestVote: { type: "RequestVote", lastIndex: 5, lastTerm: 6, transfer: true },
  RequestVoteReply: { type: "RequestVoteReply", granted: true },
  AppendEntries: {
    type: "AppendEntries",
    previousIndex: 7,
    previousTerm: 8,
    commit: 9,
    round: 10,
    entries: [{ index: 8, term: 11, kind: 1, time: FAR, data: Buffer.from("data") }],
  },
  AppendEntriesReply: {
    type: "AppendEntriesReply",
    success: true,
    match: 12,
    round: 13,
    conflictTerm: 14,
    conflictIndex: 15,
    disk: "another",
  },
  InstallSnapshot: { type: "InstallSnapshot", index: 16, snapshotTerm: 17, round: 18 },
  TimeoutNow: { type: "TimeoutNow" },
  ReadIndex: { type: "ReadIndex", context: 19 },
  ReadIndexReply: { type: "ReadIndexReply", context: 20, ok: true, index: 21 },
};
const forwards: readonly PeerMessage[] = [
  { type: "Forward", context: 22, batch: Buffer.from("batch") },
  { type: "ForwardReply", context: 23, outcome: Buffer.from("outcome") },
];

for (const message of [...Object.values(bodies).map((body) => ({ from: 3, to: 4, term: 5, ...body })), ...forwards]) {
  test(`${message.type} arrives as it was sent`, () => {
    const bytes = Envelope.encode(toEnvelope("queue", message)).finish();
    const envelope = Envelope.decode(bytes);
    expect(envelope.group).toBe("queue");
    expect(fromEnvelope(envelope, 3, 4)).toEqual(message);
  });
}

test("a kind of message that this version does not know is none", () => {
  expect(fromEnvelope({ group: "queue", term: 1, body: undefined }, 1, 2)).toBeUndefined();
});
