/** One member of a group whose other members are played by the test. */
import type { Body, Entry, Message, NodeId } from "../../../../consensus-nodes/raft/message.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";
import type { Member } from "./member.ts";

/** Of the member that lives. The others are `voters` without it. */
export const SELF = 1;

export class LoneMember {
  readonly cluster: Cluster;
  readonly member: Member;
  #sent: Message[] = [];

  /** @param terms of the entries on its disk at the start, and `term` the one it knows of. */
  constructor(
    voters: readonly NodeId[],
    { terms = [], term = 0, ...options }: ClusterOptions & { terms?: readonly number[]; term?: number } = {},
  ) {
    this.cluster = new Cluster(voters, options);
    this.member = this.cluster.member(SELF);
    fillDisk(this.member, terms, term);
    this.cluster.network.admits = (message) => {
      this.#sent.push(message);
      return false;
    };
    this.member.start();
  }

  /** What it sent since the last call. */
  sent<T extends Body["type"]>(type: T): Extract<Message, { readonly type: T }>[] {
    const ofType = this.#sent.filter((message) => isOfType(message, type));
    this.#sent = [];
    return ofType;
  }

  /** Tells it one thing. What follows, disk included, comes to rest. */
  tell(from: NodeId, term: number, body: Body): void {
    this.tellInOneTurn([from, term, body]);
  }

  tellInOneTurn(...messages: readonly (readonly [from: NodeId, term: number, body: Body])[]): void {
    for (const [from, term, body] of messages) {
      if (body.type === "AppendEntriesReply" && body.success) this.#copyTo(from, body.match);
      this.member.receive({ from, to: SELF, term, ...body });
    }
    this.cluster.settle();
  }

  tick(ticks = 1): void {
    this.cluster.tick(SELF, ticks);
  }

  /** What a played member acknowledges is on its disk, or the witness would object. */
  #copyTo(peer: NodeId, last: number): void {
    const { disk } = this.cluster.member(peer);
    const { base, snapshot } = this.member.disk;
    if (snapshot !== undefined && disk.base.index + disk.entries.length < base.index) {
      disk.keepSnapshot(snapshot);
      disk.keepRestart(snapshot);
    }
    const first = disk.base.index + disk.entries.length + 1;
    if (first > last) return;
    for (const entry of this.member.log.read(first, last, Number.POSITIVE_INFINITY)) disk.keepEntry(entry);
  }
}

/** An AppendEntries after `previousIndex`, with one entry per term given. */
export function appendEntries(
  previousIndex: number,
  previousTerm: number,
  terms: readonly number[],
  commit = 0,
  round = 0,
): Body {
  const entries = terms.map((term, offset) => emptyEntry(previousIndex + 1 + offset, term));
  return { type: "AppendEntries", previousIndex, previousTerm, commit, round, entries };
}

/** Puts entries on the disk of a member that was not started yet. @param term that it knows of, at least the last entry's. */
export function fillDisk(member: Member, terms: readonly number[], term = terms.at(-1) ?? 0): void {
  member.disk.keepHardState({ term: Math.max(term, terms.at(-1) ?? 0), vote: null });
  for (const [offset, entryTerm] of terms.entries()) member.disk.keepEntry(emptyEntry(offset + 1, entryTerm));
}

function emptyEntry(index: number, term: number): Entry {
  return { index, term, kind: 0, time: 0, data: NO_DATA };
}

const NO_DATA = new Uint8Array(0);

function isOfType<T extends Body["type"]>(
  message: Message,
  type: T,
): message is Extract<Message, { readonly type: T }> {
  return message.type === type;
}
