/**
 * Reads without a round (dissertation, section 6.4.1). Who has heard a leader grants no vote, itself included, until electionTicks
 * of its ticks have passed; so a leader that sent a majority something at time t, and was answered, has no successor before all
 * of that is over somewhere:
 *
 *     leader    t |----- lease -----|             answers at once what it is asked before the lease ends
 *     follower     heard |------ electionTicks ------| votes again
 *
 * It rests on clocks, where a round rests on nothing. Times are in ticks, counted by the driver's monotonic clock: `now`, a
 * fraction if need be. That clock and the ticks of every other member run at rates that differ by `driftPercent` at most; the
 * clock goes on while the process is stopped, and no machine stands still as a whole (a suspended one does: no lease then); a
 * driver hands out a tick for time that has passed since the tick before, and never makes up for missed ones. A process that
 * was paused is safe: it asks the clock again with each read, and hears its leader anew before it counts ticks.
 *
 * Whoever is asked by the leader to stand need not wait: once a leader has said that, its term has no lease any more, for the
 * word may arrive at any later time. And a member that starts does not know whom it heard: it waits as if it had.
 *
 * What it costs: a broken connection to the leader is no reason for an early election, so one that died is missed for longer.
 */
interface Begun {
  readonly round: number;
  readonly time: number;
}

/** Rounds under way: a leader that is not answered steps down before there are as many. */
const MAX_ROUNDS = 64;

export class Lease {
  readonly #length: number;
  /** Rounds that no majority has confirmed yet, ascending. */
  #begun: readonly Begun[] = [];
  #until = Number.NEGATIVE_INFINITY;
  /** The latest time that was told. */
  #now = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(electionTicks: number, driftPercent: number) {
    // A follower's first tick may come at once.
    this.#length = ((electionTicks - 1) * (100 - driftPercent)) / 100;
  }

  /** `round` leaves now, or later. */
  began(round: number, now: number): void {
    this.#now = Math.max(this.#now, now);
    this.#begun = [...this.#begun, { round, time: this.#now }].slice(-MAX_ROUNDS);
  }

  /** A majority has answered `round`. */
  confirmed(round: number): void {
    const newest = this.#begun.findLast((begun) => begun.round <= round);
    if (newest === undefined) return;
    this.#until = newest.time + this.#length;
    this.#begun = this.#begun.filter((begun) => begun.round > round);
  }

  /** For good. */
  end(): void {
    this.#ended = true;
  }

  holds(now: number): boolean {
    this.#now = Math.max(this.#now, now);
    return !this.#ended && this.#now < this.#until;
  }
}
