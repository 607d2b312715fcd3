/** Raft messages and forwarded batches, to and from their wire form (proto/peer.proto). */
import type { Envelope } from "../../proto/generated/peer.ts";
import { FOUNDERS_DISK } from "../raft/membership.ts";
import type { Message, NodeId } from "../raft/message.ts";

/** A batch on its way from a follower to the leader, and what came of it. `context` pairs the two. */
export type ForwardMessage =
  | { readonly type: "Forward"; readonly context: number; readonly batch: Uint8Array }
  | { readonly type: "ForwardReply"; readonly context: number; readonly outcome: Uint8Array };

export type PeerMessage = Message | ForwardMessage;

/** The RPC a message is logged as; undefined for replies, which belong to their request's line. */
export function rpcName(message: PeerMessage): string | undefined {
  switch (message.type) {
    case "PreVote":
    case "RequestVote":
    case "AppendEntries":
    case "InstallSnapshot":
    case "TimeoutNow":
    case "ReadIndex":
      return message.type;
    case "Forward":
      return "ClientRequest";
    default:
      return undefined;
  }
}

export function toEnvelope(group: string, message: PeerMessage): Envelope {
  const term = "term" in message ? message.term : 0;
  return { group, term, body: toBody(message) };
}

function toBody(message: PeerMessage): NonNullable<Envelope["body"]> {
  switch (message.type) {
    case "PreVote":
      return { $case: "preVote", preVote: message };
    case "PreVoteReply":
      return { $case: "preVoteReply", preVoteReply: message };
    case "RequestVote":
      return { $case: "requestVote", requestVote: message };
    case "RequestVoteReply":
      return { $case: "requestVoteReply", requestVoteReply: message };
    case "AppendEntries": {
      const { previousIndex, previousTerm, commit, round } = message;
      const entries = message.entries.map(({ term, kind, time, data }) => ({ term, kind, time, data: asBuffer(data) }));
      return { $case: "appendEntries", appendEntries: { previousIndex, previousTerm, commit, round, entries } };
    }
    case "AppendEntriesReply":
      return { $case: "appendEntriesReply", appendEntriesReply: { ...message, disk: message.disk ?? FOUNDERS_DISK } };
    case "InstallSnapshot":
      return { $case: "installSnapshot", installSnapshot: message };
    case "TimeoutNow":
      return { $case: "timeoutNow", timeoutNow: message };
    case "ReadIndex":
      return { $case: "readIndex", readIndex: message };
    case "ReadIndexReply":
      return { $case: "readIndexReply", readIndexReply: message };
    case "Forward":
      return { $case: "forward", forward: { context: message.context, batch: asBuffer(message.batch) } };
    case "ForwardReply":
      return { $case: "forwardReply", forwardReply: { context: message.context, outcome: asBuffer(message.outcome) } };
  }
}

/** @returns undefined for a kind of message that this version does not know. */
export function fromEnvelope(envelope: Envelope, from: NodeId, to: NodeId): PeerMessage | undefined {
  const { body, term } = envelope;
  const address = { from, to, term };
  switch (body?.$case) {
    case "preVote":
      return { type: "PreVote", ...address, ...body.preVote };
    case "preVoteReply":
      return { type: "PreVoteReply", ...address, ...body.preVoteReply };
    case "requestVote":
      return { type: "RequestVote", ...address, ...body.requestVote };
    case "requestVoteReply":
      return { type: "RequestVoteReply", ...address, ...body.requestVoteReply };
    case "appendEntries": {
      const { previousIndex, previousTerm, commit, round, entries } = body.appendEntries;
      return {
        type: "AppendEntries",
        ...address,
        previousIndex,
        previousTerm,
        commit,
        round,
        entries: entries.map((entry, offset) => ({ index: previousIndex + 1 + offset, ...entry })),
      };
    }
    case "appendEntriesReply":
      return { type: "AppendEntriesReply", ...address, ...body.appendEntriesReply };
    case "installSnapshot":
      return { type: "InstallSnapshot", ...address, ...body.installSnapshot };
    case "timeoutNow":
      return { type: "TimeoutNow", ...address };
    case "readIndex":
      return { type: "ReadIndex", ...address, ...body.readIndex };
    case "readIndexReply":
      return { type: "ReadIndexReply", ...address, ...body.readIndexReply };
    case "forward":
      return { type: "Forward", ...body.forward };
    case "forwardReply":
      return { type: "ForwardReply", ...body.forwardReply };
    case undefined:
      return undefined;
  }
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
