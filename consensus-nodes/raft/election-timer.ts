/** How long a member has heard of no leader. Counted in ticks, so that a process that was paused does not wake up with an election due. */

import type { RaftConfiguration } from "./raft-configuration.ts";

type ElectionTiming = Pick<RaftConfiguration, "electionTicks" | "hintTicks" | "random">;

export class ElectionTimer {
  readonly #timing: ElectionTiming;
  #elapsed = 0;
  #timeout = 0;

  constructor(timing: ElectionTiming) {
    this.#timing = timing;
    this.restart();
  }

  get expired(): boolean {
    return this.#elapsed >= this.#timeout;
  }

  /** For as long as the shortest election timeout: others may hold elections by now. */
  get silent(): boolean {
    return this.#elapsed >= this.#timing.electionTicks;
  }

  tick(): void {
    this.#elapsed += 1;
  }

  /** A leader was heard from. */
  heard(): void {
    this.#elapsed = 0;
  }

  /** Draws anew, so that members whose timeouts met once do not meet again. */
  restart(): void {
    const { electionTicks, random } = this.#timing;
    this.#elapsed = 0;
    this.#timeout = electionTicks + Math.floor(random() * electionTicks);
  }

  /** The connection to the leader broke. */
  hasten(): void {
    const { hintTicks, random } = this.#timing;
    this.#elapsed = 0;
    this.#timeout = 1 + Math.floor(random() * hintTicks);
  }
}
