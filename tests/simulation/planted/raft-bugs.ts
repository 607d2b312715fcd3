/** Bugs of a group's members. */
import type { Message } from "../../../consensus-nodes/raft/message.ts";
import { reachedByMajority } from "../../../consensus-nodes/raft/quorum.ts";
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
 * Followers are told that an entry is committed as soon as a majority has it, whatever its term (Raft paper, figure 8). So that
 * old entries can get there alone, followers take those of one term at a time.
 */
export class CommittedByCount extends PlantedBug {
  /** By group, leader and term: how far each follower is. */
  readonly #matches = new Map<string, Map<number, number>>();

  override receive(group: string, message: Message): Message {
    if (message.type === "AppendEntriesReply" && message.success) {
      const leadership = `${group} ${message.to} ${message.term}`;
      const matches = this.#matches.get(leadership) ?? new Map<number, number>();
      matches.set(message.from, Math.max(message.match, matches.get(message.from) ?? 0));
      this.#matches.set(leadership, matches);
    }
    if (message.type !== "AppendEntries") return message;
    const [first] = message.entries;
    return { ...message, entries: message.entries.filter(({ term }) => term === first?.term) };
  }

  override send(group: string, message: Message, { voters }: World): Message {
    if (message.type !== "AppendEntries") return message;
    const matches = this.#matches.get(`${group} ${message.from} ${message.term}`);
    const reached = voters.map((id) => (id === message.from ? Number.MAX_SAFE_INTEGER : (matches?.get(id) ?? 0)));
    return { ...message, commit: Math.max(message.commit, reachedByMajority(reached)) };
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
