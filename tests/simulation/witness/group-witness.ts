/**
 * Sees what the members of one group do and knows what must never be (Raft paper, figure 3). Throws at the first breach.
 *
 *   election safety        one leader per term; one vote per member and term
 *   log matching           an entry is known by index and term, and so is all before it
 *   leader completeness    who leads holds all that was committed in earlier terms
 *   state machine safety   one entry is committed per index, once and for all
 *   commitment             who commits first leads, and counts entries of its own term alone
 *   durability             what is told is on disk: votes, acknowledgements, and, on a majority, whatever a leader commits
 *   answers                what a client is told is what the committed log, applied in order, gives
 */
import type { Machine } from "../../../consensus-nodes/machines/machine.ts";
import { decodeConfiguration, votersOf } from "../../../consensus-nodes/raft/membership.ts";
import { EntryKind, type Message, type NodeId } from "../../../consensus-nodes/raft/message.ts";
import { majority } from "../../../consensus-nodes/raft/quorum.ts";
import { AppliedState } from "../../../consensus-nodes/replica/applied-state.ts";
import type { StoredEntry } from "../../../consensus-nodes/replica/log-storage.ts";
import type { Replica, ReplicaStatus } from "../../../consensus-nodes/replica/replica.ts";
import {
  type Batch,
  type BatchOutcome,
  type CommandOutcome,
  decodeBatch,
} from "../../../consensus-nodes/wire/batch.ts";
import type { LogDisk, OpenLog } from "../log-disk.ts";
import { digest } from "../simulated-snapshots.ts";
import { Violation } from "../world.ts";

interface Known {
  readonly entry: StoredEntry;
  readonly previousTerm: number;
}

export type OnApplied = (state: AppliedState, batch: Batch | undefined, outcomes: readonly CommandOutcome[]) => void;

const MAX_TERM = 2 ** 20;

export class GroupWitness {
  readonly name: string;
  /** What the committed log makes of the machine. */
  readonly state: AppliedState;
  /** As of the last committed configuration. */
  members: ReadonlySet<NodeId>;
  readonly #disks: readonly LogDisk[];
  readonly #onApplied: OnApplied;
  readonly #leaders = new Map<number, NodeId>();
  /** By voter and term. */
  readonly #votes = new Map<number, NodeId>();
  readonly #entries = new Map<number, Known>();
  /** Term of the entry at index i + 1. */
  readonly #committed: number[] = [];
  /** By the term of the leader that committed it, the highest index. */
  readonly #committedIn = new Map<number, number>();
  /** By node, in its present life. */
  readonly #commits = new Map<NodeId, number>();
  /** By node, the term in which it led when it was looked at last. */
  readonly #leading = new Map<NodeId, number>();
  /** By index, as JSON. */
  readonly #results = new Map<number, string>();
  /** States as JSON values, by index. */
  readonly #captured = new Map<number, readonly string[]>();

  constructor(machine: Machine, founders: readonly NodeId[], disks: readonly LogDisk[], onApplied: OnApplied) {
    this.name = machine.name;
    this.state = new AppliedState(machine);
    this.members = new Set(founders);
    this.#disks = disks;
    this.#onApplied = onApplied;
  }

  /** Entries committed. */
  get committed(): number {
    return this.#committed.length;
  }

  get terms(): number {
    return this.#leaders.size;
  }

  /** @param previousTerm of the entry before it in the same log. */
  takes(entry: StoredEntry, previousTerm: number | undefined): void {
    const key = entry.index * MAX_TERM + entry.term;
    const known = this.#entries.get(key);
    if (known === undefined) {
      this.#entries.set(key, { entry, previousTerm: previousTerm ?? -1 });
      return;
    }
    const same =
      known.entry === entry ||
      (known.entry.kind === entry.kind &&
        known.entry.time === entry.time &&
        Buffer.compare(known.entry.data, entry.data) === 0);
    if (!same || known.previousTerm !== previousTerm) {
      throw this.#broken(
        `two entries ${entry.index} of term ${entry.term}, after terms ${known.previousTerm} and ${previousTerm}`,
      );
    }
  }

  leads(id: NodeId, term: number, log: OpenLog): void {
    const other = this.#leaders.get(term) ?? id;
    if (other !== id) throw this.#broken(`two leaders in term ${term}: ${other} and ${id}`);
    this.#leaders.set(term, id);
    for (const [earlier, index] of this.#committedIn) {
      if (earlier >= term || index <= log.compactedTo) continue;
      if (log.term(index) !== this.#committed[index - 1]) {
        throw this.#broken(`the leader ${id} of term ${term} lacks entry ${index}, committed in term ${earlier}`);
      }
    }
  }

  starts(id: NodeId, { commit }: ReplicaStatus): void {
    this.#commits.set(id, commit);
    this.#leading.delete(id);
  }

  observes(id: NodeId, replica: Replica, log: OpenLog): void {
    const { role, term, commit } = replica.status;
    const from = this.#commits.get(id) ?? 0;
    // It may have stepped down since it committed something.
    const ledTerm = role === "leader" ? term : this.#leading.get(id);
    if (role === "leader") this.#leading.set(id, term);
    else this.#leading.delete(id);
    if (commit === from) return;
    if (commit < from) throw this.#broken(`the commit index of ${id} goes back from ${from} to ${commit}`);
    this.#commits.set(id, commit);
    if (commit > this.#committed.length && ledTerm !== log.term(commit)) {
      throw this.#broken(`${id} is the first to commit ${commit}, of term ${log.term(commit)}, and leads ${ledTerm}`);
    }
    for (let index = Math.max(from, log.compactedTo) + 1; index <= commit; index++) {
      const found = log.term(index);
      if (found === undefined) throw this.#broken(`${id} commits entry ${index}, which it does not have`);
      const known = this.#committed[index - 1];
      if (known === undefined) this.#apply(index, found);
      else if (known !== found) {
        throw this.#broken(`entry ${index} is committed as of term ${known} and, by ${id}, as of ${found}`);
      }
    }
    if (role !== "leader") return;
    this.#committedIn.set(term, Math.max(commit, this.#committedIn.get(term) ?? 0));
    const voters = votersOf({ members: replica.membership.members });
    const durable = voters.filter((voter) => this.#disks[voter]?.holds(commit, log.term(commit))).length;
    if (durable < majority(voters.length)) {
      throw this.#broken(
        `entry ${commit} is committed by ${id}, and on the disks of ${durable} of ${voters.length} voters`,
      );
    }
  }

  /** A message that leaves, and with it what it promises. */
  sends(message: Message, disk: LogDisk): void {
    const { from, to, term, type } = message;
    const { hardState } = disk;
    const demand = (what: string, holds: boolean) => {
      if (!holds) {
        throw this.#broken(`${from} tells ${to} of ${what} in term ${term}, its disk has ${JSON.stringify(hardState)}`);
      }
    };
    switch (type) {
      case "RequestVote":
        demand("its candidacy", hardState.term > term || (hardState.term === term && hardState.vote === from));
        break;
      case "RequestVoteReply":
        if (message.granted) this.#granted(from, to, term, hardState.term === term ? hardState.vote : to);
        demand("its term", hardState.term >= term);
        break;
      case "AppendEntries":
        demand("its leadership", hardState.term >= term);
        break;
      case "AppendEntriesReply":
        demand("its term", hardState.term >= term);
        // In a newer term the suffix may be another's; its leader was elected knowing that this acknowledgement may exist.
        if (message.success && hardState.term === term) {
          demand(`entry ${message.match}`, message.match <= disk.end);
        }
        break;
    }
  }

  answers(id: NodeId, outcome: BatchOutcome): void {
    if (!outcome.ok) return;
    const expected = this.#results.get(outcome.index);
    const found = JSON.stringify(outcome.results);
    if (expected !== found) {
      throw this.#broken(`${id} answers ${found} to entry ${outcome.index}; the committed log says ${expected}`);
    }
  }

  /** A state was captured on some node, and walked while commands went on. @param values as JSON */
  captures(index: number, values: readonly string[]): void {
    const known = this.#captured.get(index);
    this.#captured.set(index, known ?? values);
    if (known === undefined || digest(known) === digest(values)) return;
    const place = known.findIndex((value, at) => value !== values[at]);
    throw this.#broken(`two states at entry ${index}: ${known[place]} and ${values[place]}`);
  }

  #granted(voter: NodeId, candidate: NodeId, term: number, kept: NodeId | null): void {
    const key = term * 64 + voter;
    const other = this.#votes.get(key) ?? candidate;
    if (other !== candidate || kept !== candidate) {
      throw this.#broken(
        `${voter} votes for ${candidate} in term ${term}, before for ${other}, its disk says for ${kept}`,
      );
    }
    this.#votes.set(key, candidate);
  }

  #apply(index: number, term: number): void {
    const entry = this.#entries.get(index * MAX_TERM + term)?.entry;
    if (entry === undefined || index !== this.#committed.length + 1) {
      throw this.#broken(`entry ${index} of term ${term} is committed, and nobody knows it`);
    }
    this.#committed.push(term);
    switch (entry.kind) {
      case EntryKind.commands: {
        const batch = decodeBatch(entry.data);
        if (batch === undefined) throw this.#broken(`entry ${index} is no batch`);
        const outcomes = this.state.applyBatch(batch, index, entry.time);
        const defect = outcomes.find((outcome) => "e" in outcome && outcome.e === "Defect");
        if (defect !== undefined) throw this.#broken(`entry ${index}: ${JSON.stringify(defect)}`);
        this.#results.set(index, JSON.stringify(outcomes));
        this.#onApplied(this.state, batch, outcomes);
        break;
      }
      case EntryKind.deadline:
        this.state.applyDue(index, entry.time);
        this.#onApplied(this.state, undefined, []);
        break;
      case EntryKind.checkpoint:
        this.state.skip(index, entry.time);
        this.captures(
          index,
          Array.from(this.state.capture(), (value) => JSON.stringify(value)),
        );
        break;
      case EntryKind.configuration:
        this.state.skip(index, entry.time);
        this.members = new Set(decodeConfiguration(entry.data).members.map(({ id }) => id));
        break;
      default:
        this.state.skip(index, entry.time);
    }
  }

  #broken(what: string): Violation {
    return new Violation(`group ${this.name}: ${what}`);
  }
}
