/** Takes a group's snapshots while it goes on, and fetches another node's when its own log cannot catch up any more. */
import type { PlacedConfiguration } from "../../raft/membership.ts";
import type { SnapshotOffer } from "../../raft/ready.ts";
import type { AppliedState } from "../applied-state.ts";
import type { SnapshotHead } from "./snapshot-format.ts";
import { type SnapshotPolicy, SnapshotSchedule } from "./snapshot-policy.ts";
import type { Snapshot, SnapshotStorage } from "./snapshot-storage.ts";

export interface SnapshotKeeperOptions {
  readonly storage: SnapshotStorage;
  readonly policy: SnapshotPolicy;
  /** Durable. Entries up to and with `keepAfter` may go. */
  readonly onTaken: (head: SnapshotHead, keepAfter: number) => void;
  /** Durable here, and another's. */
  readonly onFetched: (snapshot: Snapshot) => void;
}

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  readonly #schedule: SnapshotSchedule;
  /** The last entry that the newest durable snapshot covers; 0 without one. */
  #covered: number;
  #writing = false;
  #fetching = false;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
    this.#schedule = new SnapshotSchedule(options.policy);
    this.#covered = options.storage.newest?.head.index ?? 0;
  }

  /** An entry with so many bytes of data was applied. */
  applied(bytes: number): void {
    this.#schedule.applied(bytes);
  }

  /** @param term of the entry applied last */
  takeIfDue(state: AppliedState, term: number, { index, configuration }: PlacedConfiguration): void {
    if (!this.#schedule.due || this.#writing || state.index <= this.#covered) return;
    this.#schedule.begun();
    this.#writing = true;
    const head: SnapshotHead = {
      tutti: "snapshot",
      format: 1,
      machine: state.machine.name,
      index: state.index,
      term,
      now: state.now,
      configuration: { members: [...configuration.members] },
      configurationIndex: index,
    };
    this.#options.storage.write(head, state.capture(), (bytes) => {
      this.#writing = false;
      this.#schedule.taken(bytes);
      // One that was fetched meanwhile goes further.
      if (head.index <= this.#covered) return;
      const keepAfter = this.#schedule.keepAfter(head.index, this.#covered);
      this.#covered = head.index;
      this.#options.onTaken(head, keepAfter);
    });
  }

  /** Offers are repeated: one that comes while another is being fetched is left. */
  offered({ from, index }: SnapshotOffer): void {
    if (this.#fetching || index <= this.#covered) return;
    this.#fetching = true;
    this.#options.storage.fetch(from, index, (snapshot) => {
      this.#fetching = false;
      if (snapshot === undefined || snapshot.head.index <= this.#covered) return;
      this.#covered = snapshot.head.index;
      this.#options.onFetched(snapshot);
    });
  }
}
