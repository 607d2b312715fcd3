/**
 * How old the applied state may be: since when it is known to have held all that was committed. A follower knows that of the
 * moment a leader told it how far is committed, once it has applied as far; a leader, of the moment a majority last answered it.
 * Times are milliseconds on a monotonic clock, so a process that was paused knows how old it became. The way of the message
 * itself is not counted.
 */
import type { NodeId } from "../raft/message.ts";
import { reachedByMajority } from "../raft/quorum.ts";

interface Heard {
  readonly commit: number;
  readonly at: number;
}

export class Freshness {
  /** Nothing was known before the process began. */
  #freshAt: number | undefined;
  /** Told, and not applied as far yet: the one that is waited for, and the newest. */
  #waiting: Heard | undefined;
  #newest: Heard | undefined;
  /** Of the leader's followers: when each answered last. */
  readonly #answered = new Map<NodeId, number>();

  /** A leader of this term told how far is committed. */
  heard(commit: number, at: number, applied: number): void {
    this.#newest = { commit, at };
    this.#waiting ??= this.#newest;
    this.applied(applied);
  }

  applied(index: number): void {
    for (; this.#waiting !== undefined && this.#waiting.commit <= index; this.#newest = undefined) {
      this.#freshAt = this.#waiting.at;
      this.#waiting = this.#waiting === this.#newest ? undefined : this.#newest;
    }
  }

  answered(from: NodeId, at: number): void {
    this.#answered.set(from, at);
  }

  /** Another leads, or nobody: what its followers said counts no more. */
  lost(): void {
    this.#answered.clear();
  }

  /** Milliseconds at a node that does not lead; undefined when it never knew. */
  age(now: number): number | undefined {
    return this.#freshAt === undefined ? undefined : now - this.#freshAt;
  }

  /** Milliseconds at a leader. @param voters the others who count */
  ageOfLeader(now: number, voters: readonly NodeId[]): number | undefined {
    const answers = voters.map((voter) => this.#answered.get(voter) ?? Number.NEGATIVE_INFINITY);
    const at = reachedByMajority([now, ...answers]);
    return at === Number.NEGATIVE_INFINITY ? undefined : now - at;
  }
}
