/** Carries committed entries out, in the order of the log: on the state, on what is known of the members, for those who wait for their batch. */
import { decodeConfiguration, type PlacedConfiguration } from "../raft/membership.ts";
import { type Entry, EntryKind } from "../raft/message.ts";
import { type Batch, type BatchOutcome, decodeBatch } from "../wire/batch.ts";
import { AppliedState } from "./applied-state.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { LogClock } from "./log-clock.ts";
import { PendingBatches } from "./pending-batches.ts";
import type { ReplicaEnvironment } from "./replica-environment.ts";
import type { SnapshotHead } from "./snapshots/snapshot-format.ts";
import type { SnapshotKeeper } from "./snapshots/snapshot-keeper.ts";
import type { Snapshot } from "./snapshots/snapshot-storage.ts";

/** Bytes of entries applied before others get their turn: a long replay must not silence a node. */
const APPLY_BYTES_PER_TURN = 1024 * 1024;

type ApplierEnvironment = Pick<
  ReplicaEnvironment,
  "id" | "founding" | "machine" | "storage" | "snapshots" | "onTrace" | "requestTurn"
>;

export class Applier {
  /** Batches that were proposed here. */
  readonly batches = new PendingBatches();
  readonly #environment: ApplierEnvironment;
  readonly #checkpoints = new Checkpoints();
  #state: AppliedState;
  /** As of the entry applied last. */
  #configuration: PlacedConfiguration;
  /** The deadline that was proposed last and is not applied yet. */
  #proposedDeadline: number | undefined;

  constructor(environment: ApplierEnvironment) {
    const { machine, founding, snapshots } = environment;
    const { newest } = snapshots;
    this.#environment = environment;
    this.#state = newest === undefined ? new AppliedState(machine) : stateOf(environment, newest);
    this.#configuration = newest === undefined ? { index: 0, configuration: founding } : placedIn(newest.head);
  }

  get state(): AppliedState {
    return this.#state;
  }

  get configuration(): PlacedConfiguration {
    return this.#configuration;
  }

  /** Noted at the checkpoint `index`; undefined when there is none yet, or no more. */
  stateHash(index: number): string | undefined {
    return this.#checkpoints.at(index);
  }

  /** Applies entries up to `commit`, or as many as a turn may take; then it asks for another. */
  apply(commit: number, clock: LogClock, snapshots: SnapshotKeeper): void {
    const { storage, requestTurn } = this.#environment;
    const entries = storage.read(this.#state.index + 1, commit, APPLY_BYTES_PER_TURN);
    for (const entry of entries) {
      snapshots.applied(entry.data.length);
      clock.learn(entry.time);
      this.#applyEntry(entry);
    }
    const last = entries.at(-1);
    if (last !== undefined) snapshots.takeIfDue(this.#state, last.term, this.#configuration);
    if (this.#state.index < commit) requestTurn();
  }

  /** The snapshot takes the place of the state. */
  restore(snapshot: Snapshot): void {
    this.#state = stateOf(this.#environment, snapshot);
    this.#configuration = placedIn(snapshot.head);
  }

  /** When something falls due that was not proposed yet, in milliseconds since the epoch. */
  get unproposedDeadline(): number | undefined {
    return this.#proposedDeadline === undefined ? this.#state.deadline : undefined;
  }

  /** Undefined: what was proposed may be lost. */
  noteProposedDeadline(deadline: number | undefined): void {
    this.#proposedDeadline = deadline;
  }

  trace(batch: Batch, step: "proposed" | "applied", index: number): void {
    for (const [command, , extra] of batch.c) {
      if (extra?.trace !== undefined) this.#environment.onTrace({ trace: extra.trace, step, index, command });
    }
  }

  #applyEntry(entry: Entry): void {
    const { index, kind, time, data } = entry;
    switch (kind) {
      case EntryKind.commands:
        this.#applyBatch(entry);
        break;
      case EntryKind.deadline:
        this.#state.applyDue(index, time);
        this.#proposedDeadline = undefined;
        break;
      case EntryKind.configuration:
        this.#state.skip(index, time);
        this.#configuration = { index, configuration: decodeConfiguration(data) };
        break;
      case EntryKind.checkpoint:
        this.#state.skip(index, time);
        this.#environment.snapshots.digest(this.#state.capture(), (hash) => this.#checkpoints.note(index, hash));
        break;
      default:
        this.#state.skip(index, time);
    }
  }

  #applyBatch({ index, term, time, data }: Entry): void {
    const pending = this.batches.take(index, term);
    const batch = pending?.batch ?? decodeBatch(data);
    // It was checked before it entered the log: what cannot be read now was damaged, or written by a newer version.
    if (batch === undefined) throw new Error(`entry ${index} of ${this.#state.machine.name} is not a batch`);
    const results = this.#state.applyBatch(batch, index, time);
    this.trace(batch, "applied", index);
    const outcome: BatchOutcome = { ok: true, leader: this.#environment.id, index, results };
    pending?.reply(outcome);
  }
}

function stateOf({ machine }: Pick<ReplicaEnvironment, "machine">, { head, values }: Snapshot): AppliedState {
  return AppliedState.restore(machine, values, head.index, head.now);
}

function placedIn({ configuration, configurationIndex }: SnapshotHead): PlacedConfiguration {
  return { index: configurationIndex, configuration };
}
