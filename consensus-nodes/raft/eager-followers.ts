/**
 * Which followers are told at once what is new: entries, and rounds of reads. To commit or to confirm takes a majority, so as many
 * are eager; the others are told what is a tick old, all of it in one message, and so cost a message per tick instead of one per
 * batch. (EPaxos, section 6, calls it thrifty.)
 *
 *     tick        |                   |                   |
 *     eager       1   2  3    4         5    6   7
 *     later                           1-4                 5-7
 *
 * An eager one that is slow, or gone, delays things by a tick at most, for then everybody is told; and it is eager no more
 * when it is found behind what the others have made committed or confirmed. While too few are fit, everybody is eager.
 */
import type { NodeId } from "./message.ts";
import type { Progress } from "./progress.ts";

/** How far something has come: the log, and the rounds of reads. */
interface Reach {
  readonly index: number;
  readonly round: number;
}

export interface Majority {
  /** All but the leader, voters or not. */
  readonly followers: ReadonlyMap<NodeId, Progress>;
  readonly voters: readonly NodeId[];
  /** How many of them make a majority, with the leader when it is a voter itself. */
  readonly wanted: number;
}

export class EagerFollowers {
  /** Everybody when empty. */
  #eager: ReadonlySet<NodeId> = new Set();
  /** Everybody is told as much: it was there at the last tick. */
  #due: Reach = { index: 0, round: 0 };
  readonly #hastened = new Set<NodeId>();

  /** @param newest there is @param reached by a majority: committed, and confirmed */
  tick(newest: Reach, reached: Reach, majority: Majority): void {
    this.#due = newest;
    if (!this.#areFit(reached, majority)) this.#eager = choose(majority);
  }

  /** A follower is gone: until the next tick everybody is eager. */
  lost(): void {
    this.#eager = new Set();
  }

  /** The follower is told what there is now: somebody waits for it there. */
  hasten(follower: NodeId): void {
    this.#hastened.add(follower);
  }

  /** All were told as much as `limit` says. */
  told(): void {
    this.#hastened.clear();
  }

  /** As much as the follower is told now. */
  limit(follower: NodeId, { state }: Progress, newest: Reach): Reach {
    // Before it is known to match, few messages go to it anyway.
    if (state !== "replicate" || this.#eager.size === 0) return newest;
    if (this.#eager.has(follower) || this.#hastened.has(follower)) return newest;
    return { index: Math.min(this.#due.index, newest.index), round: Math.min(this.#due.round, newest.round) };
  }

  #areFit(reached: Reach, { followers, voters, wanted }: Majority): boolean {
    if (this.#eager.size !== wanted) return false;
    for (const id of this.#eager) {
      const progress = followers.get(id);
      if (progress === undefined || !voters.includes(id) || !isFit(progress)) return false;
      if (progress.match < reached.index || progress.round < reached.round) return false;
    }
    return true;
  }
}

/** Those that are furthest; nobody when they would be too few. */
function choose({ followers, voters, wanted }: Majority): ReadonlySet<NodeId> {
  const fit = voters.flatMap((id) => {
    const progress = followers.get(id);
    return progress !== undefined && isFit(progress) ? [{ id, progress }] : [];
  });
  if (fit.length < wanted) return new Set();
  fit.sort(({ progress: a }, { progress: b }) => b.match - a.match || b.round - a.round);
  return new Set(fit.slice(0, wanted).map(({ id }) => id));
}

/** It replicates, and was heard from since the last check of the quorum but one. */
function isFit({ state, silence }: Progress): boolean {
  return state === "replicate" && silence <= 1;
}
