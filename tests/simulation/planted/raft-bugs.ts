/** Bugs of a group's members. */
import type { Message } from "../../../consensus-nodes/raft/message.ts";
import { majority } from "../../../consensus-nodes/raft/quorum.ts";
import type { LogStorage } from "../../../consensus-nodes/replica/log-storage.ts";
import type { OpenLog } from "../log-disk.ts";
import type { World } from "../world.ts";
import { AlteredLog, HastyLog } from "./altered-log.ts";
import { PlantedBug } from "./planted-bug.ts";

export class SkippedSync extends PlantedBug {
  override storage(log: OpenLog, _name: string, { schedule }: World): LogStorage {
    return new HastyLog(log, (milliseconds, action) => schedule.after(milliseconds, action));
  }
}

export class HastyVote extends PlantedBug {
  override storage(log: OpenLog, _name: string, { schedule }: World): LogStorage {
    const isVote = ({ entries }: { readonly entries: readonly unknown[] }) => entries.length === 0;
    return new HastyLog(log, (milliseconds, action) => schedule.after(milliseconds, action), isVote);
  }
}

export class ForgottenVote extends PlantedBug {
  override storage(log: OpenLog): LogStorage {
    return new AlteredLog(log, { term: log.hardState.term, vote: null });
  }
}

/**
 * A follower takes an entry of an older term for committed as soon as it makes up a majority with the leader and who had it
 * before (Raft paper, figure 8). So that old entries can get there alone, followers take those of one term at a time.
 */
export class CommittedByCount extends PlantedBug {
  /** By group and entry: who has it. */
  readonly #holders = new Map<string, Set<number>>();

  override receive(group: string, message: Message, _log: OpenLog, { founders }: World): Message {
    if (message.type !== "AppendEntries") return message;
    const [first] = message.entries;
    if (first === undefined || first.term >= message.term) return message;
    const entries = message.entries.filter(({ term }) => term === first.term);
    let { commit } = message;
    for (const { index, term } of entries) {
      const entry = `${group} ${index} ${term}`;
      const holders = this.#holders.get(entry) ?? new Set();
      this.#holders.set(entry, holders.add(message.from).add(message.to));
      if (holders.size >= majority(founders.length)) commit = Math.max(commit, index);
    }
    return { ...message, entries, commit };
  }
}

/** A heartbeat is taken for a proof of the whole log: its commit index then reaches into a stale suffix. */
export class StaleSuffix extends PlantedBug {
  override receive(_group: string, message: Message, log: OpenLog): Message {
    if (message.type !== "AppendEntries" || message.entries.length > 0) return message;
    const previousIndex = log.end;
    return { ...message, previousIndex, previousTerm: log.term(previousIndex) ?? 0 };
  }
}
