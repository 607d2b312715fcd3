/**
 * Sees all that the members do and knows what must never be (paper, figure 3). Told at every step; throws at the first breach.
 *
 *   election safety        one leader per term; one vote per member and term
 *   log matching           an entry is known by index and term, and so is all before it
 *   leader completeness    who leads holds all that was committed in earlier terms
 *   state machine safety   one entry is committed per index, once and for all
 *   durability             what is told is on disk: votes, acknowledgements, and, on a majority, whatever a leader commits
 *   membership             of the configuration a leader goes by, and the newest committed one, any two majorities overlap
 *   snapshots              cover nothing but what is committed, and are durable when they are offered
 *   reads                  a read index is not below what was committed when the read was asked for
 */
import { invariant } from "../../../../consensus-nodes/raft/invariant.ts";
import type { Snapshot } from "../../../../consensus-nodes/raft/member-log.ts";
import {
  type Configuration,
  decodeConfiguration,
  type PlacedConfiguration,
  votersOf,
} from "../../../../consensus-nodes/raft/membership.ts";
import { type Entry, EntryKind, type Message, type NodeId } from "../../../../consensus-nodes/raft/message.ts";
import { majority } from "../../../../consensus-nodes/raft/quorum.ts";
import type { Disk } from "./disk.ts";

interface Known {
  readonly entry: Entry;
  readonly previousTerm: number;
}

/** Terms of a log, by index; undefined beyond its end. */
type TermAt = (index: number) => number | undefined;

const MAX_TERM = 2 ** 20;

export class Witness {
  readonly #disks: ReadonlyMap<NodeId, Disk>;
  readonly #leaders = new Map<number, NodeId>();
  /** By voter and term. */
  readonly #votes = new Map<string, NodeId>();
  readonly #entries = new Map<number, Known>();
  /** Term of the entry at index i + 1. */
  readonly #committed: number[] = [];
  /** By the term of the leader that committed it, the highest index. */
  readonly #committedIn = new Map<number, number>();
  /** In snapshots, by the index where they end: index of the entry that set it. */
  readonly #configurations = new Map<number, number>();
  readonly #reads = new Map<string, number>();

  /** The newest committed one. */
  #configuration: PlacedConfiguration;
  /** Entries of kind `configuration` that were committed. */
  changes = 0;

  constructor(disks: ReadonlyMap<NodeId, Disk>, founding: Configuration) {
    this.#disks = disks;
    this.#configuration = { index: 0, configuration: founding };
  }

  get configuration(): PlacedConfiguration {
    return this.#configuration;
  }

  /** Highest index committed anywhere. */
  get committed(): number {
    return this.#committed.length;
  }

  committedTerm(index: number): number | undefined {
    return this.#committed[index - 1];
  }

  /** @param previousTerm of the entry before it in the same log. */
  entryTaken(entry: Entry, previousTerm: number): void {
    const key = entry.index * MAX_TERM + entry.term;
    const known = this.#entries.get(key);
    if (known === undefined) {
      this.#entries.set(key, { entry, previousTerm });
      return;
    }
    invariant(
      known.previousTerm === previousTerm &&
        known.entry.kind === entry.kind &&
        known.entry.time === entry.time &&
        known.entry.data === entry.data,
      () => `two entries ${entry.index} of term ${entry.term}, after terms ${known.previousTerm} and ${previousTerm}`,
    );
  }

  /** @param covered by its newest snapshot, whose entries were committed when it came about. */
  leads(id: NodeId, term: number, termAt: TermAt, covered: number, configuration: Configuration): void {
    const other = this.#leaders.get(term) ?? id;
    invariant(other === id, () => `two leaders in term ${term}: ${other} and ${id}`);
    this.#leaders.set(term, id);
    this.#overlaps(id, configuration);
    for (const [earlier, index] of this.#committedIn) {
      if (earlier >= term) continue;
      const found = termAt(index);
      invariant(
        found === this.#committed[index - 1] || (found === undefined && index <= covered),
        () => `the leader ${id} of term ${term} lacks entry ${index}, committed in term ${earlier}`,
      );
    }
  }

  /** @param leads the term in which this member leads, when it does, and the configuration by which. */
  commits(
    id: NodeId,
    from: number,
    to: number,
    termAt: TermAt,
    leads: { readonly term: number; readonly configuration: Configuration } | undefined,
  ): void {
    invariant(to >= from, () => `the commit index of ${id} goes back from ${from} to ${to}`);
    for (let index = from + 1; index <= to; index++) {
      const term = termAt(index);
      invariant(term !== undefined, () => `${id} commits entry ${index}, which it does not have`);
      const other = this.#committed[index - 1] ?? term;
      invariant(other === term, () => `entry ${index} is committed as of term ${other} and, by ${id}, as of ${term}`);
      this.#committed[index - 1] = term;
      const entry = this.#entries.get(index * MAX_TERM + term)?.entry;
      if (entry?.kind === EntryKind.configuration && index > this.#configuration.index) {
        this.#configuration = { index, configuration: decodeConfiguration(entry.data) };
        this.changes += 1;
      }
    }
    if (leads === undefined || to === from) return;
    this.#committedIn.set(leads.term, Math.max(to, this.#committedIn.get(leads.term) ?? 0));
    this.#overlaps(id, leads.configuration);
    const voters = votersOf(leads.configuration);
    const durable = voters.filter((voter) => this.#disks.get(voter)?.has(to, termAt(to) ?? -1));
    invariant(
      durable.length >= majority(voters.length),
      () => `entry ${to} is committed by ${id}, of the voters ${voters} only ${durable} have it on disk`,
    );
  }

  /** A snapshot of a member's own, or one that takes the place of its log. */
  covers(id: NodeId, { index, term, configurationIndex }: Snapshot): void {
    const committed = this.#committed[index - 1];
    invariant(committed === term, () => `${id} has a snapshot of ${index}, term ${term}, committed is ${committed}`);
    const own = this.#configurations.get(index) ?? configurationIndex;
    invariant(
      own === configurationIndex,
      () => `two configurations as of ${index}: that of ${own} and of ${configurationIndex}`,
    );
    this.#configurations.set(index, configurationIndex);
  }

  /** A message that leaves, and with it what it promises. */
  sends(message: Message): void {
    const { from, to, term, type } = message;
    const disk = this.#disks.get(from);
    invariant(disk !== undefined, () => `${from} is nobody`);
    const kept = disk.hardState;
    const holds = (what: string, found: boolean) =>
      invariant(found, () => `${from} tells ${to} of ${what} in term ${term}, on its disk is ${JSON.stringify(kept)}`);
    switch (type) {
      case "RequestVote":
        holds("its candidacy", kept.term > term || (kept.term === term && kept.vote === from));
        break;
      case "RequestVoteReply":
        if (message.granted) this.#granted(from, to, term, kept.term === term ? kept.vote : to);
        holds("its term", kept.term >= term);
        break;
      case "AppendEntries":
        holds("its leadership", kept.term >= term);
        break;
      case "AppendEntriesReply":
        holds("its term", kept.term >= term);
        // In a newer term the suffix may be another's; its leader was elected knowing that this acknowledgement may exist.
        if (message.success && kept.term === term) {
          const { match } = message;
          holds(`entry ${match}`, disk.term(match) !== undefined || match <= (disk.snapshot?.index ?? 0));
        }
        break;
      case "InstallSnapshot":
        holds("its leadership", kept.term >= term);
        holds(`a snapshot of ${message.index}`, disk.snapshot !== undefined && disk.snapshot.index >= message.index);
        break;
    }
  }

  asksRead(id: NodeId, context: number): void {
    this.#reads.set(`${id}:${context}`, this.committed);
  }

  confirmsRead(id: NodeId, context: number, index: number): void {
    const least = this.#reads.get(`${id}:${context}`) ?? Number.POSITIVE_INFINITY;
    invariant(index >= least, () => `read ${context} of ${id} may be answered at ${index}, asked for at ${least}`);
  }

  #overlaps(leader: NodeId, by: Configuration): void {
    const [a, b] = [votersOf(by), votersOf(this.#configuration.configuration)];
    const all = new Set([...a, ...b]);
    invariant(
      majority(a.length) + majority(b.length) > all.size,
      () => `${leader} leads by the voters ${a}, committed are ${b}: not all their majorities overlap`,
    );
  }

  #granted(voter: NodeId, candidate: NodeId, term: number, kept: NodeId | null): void {
    const key = `${voter}:${term}`;
    const other = this.#votes.get(key) ?? candidate;
    invariant(
      other === candidate && kept === candidate,
      () => `${voter} votes for ${candidate} in term ${term}, before for ${other}, on its disk for ${kept}`,
    );
    this.#votes.set(key, candidate);
  }
}
