import { describe, expect, test } from "vitest";
import { journal } from "../../../consensus-nodes/machines/journal.ts";
import type { Body, Message, NodeId } from "../../../consensus-nodes/raft/message.ts";
import { Replica } from "../../../consensus-nodes/replica/replica.ts";
import { DEFAULT_POLICY } from "../../../consensus-nodes/replica/snapshots/snapshot-policy.ts";
import type { BatchOutcome } from "../../../consensus-nodes/wire/batch.ts";
import type { QueryOutcome } from "../../../consensus-nodes/wire/query-outcome.ts";
import { KeptSnapshots, MemorySnapshots } from "../memory-snapshots.ts";
import { TIMING } from "./harness/cluster.ts";
import { Disk, type OpenDisk } from "./harness/disk.ts";
import { appendEntries } from "./harness/lone-member.ts";
import { Random } from "./harness/random.ts";
import { Schedule } from "./harness/schedule.ts";

const { electionTicks } = TIMING;
const SYNC_TIME = 100;
const READ_TIMEOUT_TICKS = 15;
const LOG_END = { lastIndex: 0, lastTerm: 0, transfer: false };

describe("a replica", () => {
  test("tells of a vote and of entries only when its disk has them, and of what follows them no sooner", () => {
    const played = new PlayedReplica([1, 2, 3]);
    played.tell(2, 1, { type: "RequestVote", ...LOG_END });
    played.tell(2, 1, appendEntries(0, 0, [1]));
    played.tell(2, 1, appendEntries(1, 1, []));
    expect(played.sent).toEqual([]);
    played.settle();
    expect(played.sent).toMatchObject([
      { type: "RequestVoteReply", granted: true },
      { type: "AppendEntriesReply", match: 1 },
      { type: "AppendEntriesReply", match: 1 },
    ]);
    expect(played.disk.entries).toHaveLength(1);
  });

  test("tells nothing any more when its disk hangs", () => {
    const played = new PlayedReplica([1, 2, 3]);
    played.storage.hang();
    played.tell(2, 1, { type: "RequestVote", ...LOG_END });
    played.tell(2, 1, appendEntries(0, 0, [1], 1));
    played.settle();
    expect(played.sent).toEqual([]);
  });

  test("alone in its group answers a command when it is on disk", () => {
    const played = new PlayedReplica([1]);
    played.elect();
    const outcomes = played.submit("a");
    played.step();
    expect(outcomes).toEqual([]);
    played.settle();
    expect(outcomes).toMatchObject([{ ok: true, index: 2, results: [{ v: { index: 2 } }] }]);
    expect(played.disk.entries).toHaveLength(2);
  });

  test("that leads answers a command when a majority has it, and tells its fate as open when it steps down before", () => {
    const played = new PlayedReplica([1, 2, 3]);
    played.elect();
    const first = played.submit("a");
    const second = played.submit("b");
    played.settle();
    expect(first).toEqual([]);
    played.tell(2, 1, acknowledge(2));
    played.settle();
    expect(first).toMatchObject([{ ok: true, index: 2 }]);
    played.tell(3, 2, appendEntries(2, 1, [2]));
    played.settle();
    expect(second).toMatchObject([{ ok: false, refusal: "Undecided", leader: 3 }]);
    expect(played.submit("c")).toMatchObject([{ ok: false, refusal: "NotLeader", leader: 3 }]);
  });

  test("answers a read when a majority has confirmed it, and no sooner than it has applied as far", () => {
    const played = new PlayedReplica([1, 2, 3]);
    played.tell(2, 1, appendEntries(0, 0, [1], 1));
    const outcomes = played.read();
    played.settle();
    const [asked] = played.take("ReadIndex");
    expect(asked?.to).toBe(2);
    played.tell(2, 1, { type: "ReadIndexReply", context: asked?.context ?? 0, ok: true, index: 2 });
    played.settle();
    expect(outcomes).toEqual([]);
    played.tell(2, 1, appendEntries(1, 1, [1], 2));
    played.settle();
    expect(outcomes).toMatchObject([{ ok: true }]);
  });

  test("asks the new leader what it asked the old one, and gives up in time", () => {
    const played = new PlayedReplica([1, 2, 3]);
    played.tell(2, 1, appendEntries(0, 0, [1], 1));
    const outcomes = played.read();
    played.settle();
    const [first] = played.take("ReadIndex");
    played.replica.disconnected(2);
    played.settle();
    played.tell(3, 2, appendEntries(1, 1, [], 1));
    played.settle();
    const [second] = played.take("ReadIndex");
    expect([second?.to, second?.term]).toEqual([3, 2]);
    expect(second?.context).not.toBe(first?.context);
    played.tell(3, 2, { type: "ReadIndexReply", context: second?.context ?? 0, ok: true, index: 1 });
    played.settle();
    expect(outcomes).toMatchObject([{ ok: true }]);

    const late = played.read();
    played.tick(READ_TIMEOUT_TICKS);
    expect(late).toMatchObject([{ ok: false, e: "NoLeader" }]);
  });
});

function acknowledge(match: number): Body {
  return { type: "AppendEntriesReply", success: true, match, round: 0, conflictTerm: 0, conflictIndex: 0 };
}

/** The first of a group whose other members are played by the test, with a slow disk. */
class PlayedReplica {
  readonly schedule = new Schedule();
  readonly disk = new Disk({ schedule: this.schedule, syncTime: () => SYNC_TIME });
  readonly storage: OpenDisk = this.disk.open();
  readonly sent: Message[] = [];
  readonly replica: Replica;
  #turnAsked = false;

  constructor(voters: readonly NodeId[]) {
    this.replica = new Replica({
      id: 1,
      founding: { members: voters.map((voter) => ({ id: voter, voter: true, address: "" })) },
      snapshotPolicy: DEFAULT_POLICY,
      machine: journal,
      storage: this.storage,
      snapshots: new MemorySnapshots(new KeptSnapshots(), (action) => this.schedule.after(0, action)),
      random: new Random(1).next,
      now: () => this.schedule.now,
      send: (message) => this.sent.push(message),
      requestTurn: () => this.#requestTurn(),
      onEvent: () => undefined,
      onTrace: () => undefined,
      monotonic: () => this.schedule.now,
      timing: { ...TIMING, tickMs: 1, readTimeoutTicks: READ_TIMEOUT_TICKS },
    });
  }

  /** Leads term 1, its first entry on the disks of all. */
  elect(): void {
    this.tick(2 * electionTicks);
    this.tell(2, 1, { type: "PreVoteReply", granted: true });
    this.settle();
    this.tell(2, 1, { type: "RequestVoteReply", granted: true });
    this.settle();
    this.tell(2, 1, acknowledge(1));
    this.tell(3, 1, acknowledge(1));
    expect(this.replica.status).toMatchObject({ role: "leader", commit: 1 });
  }

  /** Tells it one thing, and lets it have its turn; the disk is not done by then. */
  tell(from: NodeId, term: number, body: Body): void {
    this.replica.receive({ from, to: 1, term, ...body });
    this.step();
  }

  tick(ticks: number): void {
    for (let i = 0; i < ticks; i++) this.replica.tick();
    this.settle();
  }

  step(): void {
    while (this.schedule.step(this.schedule.now));
  }

  settle(): void {
    while (this.schedule.step());
  }

  submit(text: string): BatchOutcome[] {
    const outcomes: BatchOutcome[] = [];
    const batch = { n: 1, a: 1, c: [["append", { text, source: "" }]] };
    this.replica.submit(Buffer.from(JSON.stringify(batch)), (outcome) => outcomes.push(outcome));
    return outcomes;
  }

  read(): QueryOutcome[] {
    const outcomes: QueryOutcome[] = [];
    this.replica.query({ name: "read", input: { limit: 10 } }, (outcome) => outcomes.push(outcome));
    return outcomes;
  }

  take<T extends Body["type"]>(type: T): Extract<Message, { readonly type: T }>[] {
    const isOfType = (message: Message): message is Extract<Message, { readonly type: T }> => message.type === type;
    return this.sent.splice(0).filter(isOfType);
  }

  #requestTurn(): void {
    if (this.#turnAsked) return;
    this.#turnAsked = true;
    this.schedule.after(0, () => {
      this.#turnAsked = false;
      this.replica.turn();
    });
  }
}
