/** How long a member has heard of no leader. Counted in ticks, so that a process that was paused does not wake up with an election due. */
import type { RaftConfiguration } from "./raft-configuration.ts";

type ElectionTiming = Pick<RaftConfiguration, "electionTicks" | "heartbeatTicks" | "hintTicks" | "lease" | "random">;

export class ElectionTimer {
  readonly #timing: ElectionTiming;
  #elapsed = 0;
  #timeout: number;
  /** Since a leader was heard from; since the start, if none was. */
  #sinceLeader = 0;

  /**
   * The first wait is short: who starts beside a leader hears from it within a heartbeat, and a pre-vote that comes too early
   * changes nothing. A group that starts as a whole has nobody to wait for.
   */
  constructor(timing: ElectionTiming) {
    this.#timing = timing;
    const { heartbeatTicks, random } = timing;
    this.#timeout = heartbeatTicks + 1 + Math.floor(random() * 2 * heartbeatTicks);
  }

  get expired(): boolean {
    return this.#elapsed >= this.#timeout;
  }

  /** Ticks until it expires. */
  get left(): number {
    return this.#timeout - this.#elapsed;
  }

  /** No tick has passed since it was restarted. */
  get fresh(): boolean {
    return this.#elapsed === 0;
  }

  /** For as long as the shortest election timeout: others may hold elections by now. */
  get silent(): boolean {
    return this.#elapsed >= this.#timing.electionTicks;
  }

  /** A leader may go by a lease that this member's silence is a part of. */
  get bound(): boolean {
    const { lease, electionTicks } = this.#timing;
    return lease !== undefined && this.#sinceLeader < electionTicks;
  }

  tick(): void {
    this.#elapsed += 1;
    this.#sinceLeader += 1;
  }

  /** A leader was heard from. */
  heard(): void {
    this.#sinceLeader = 0;
  }

  /** From the leader that is known already: what was drawn stays. */
  rewind(): void {
    this.#elapsed = 0;
  }

  /** Draws anew, so that members whose timeouts met once do not meet again. */
  restart(): void {
    const { electionTicks, random } = this.#timing;
    this.#elapsed = 0;
    this.#timeout = electionTicks + Math.floor(random() * electionTicks);
  }

  /** There is a reason not to wait that long. */
  hasten(): void {
    const { hintTicks, random } = this.#timing;
    this.#timeout = Math.min(this.#timeout, this.#elapsed + 1 + Math.floor(random() * hintTicks));
  }

  /** An election that was begun may have failed. The votes under way get their time, whoever else failed another wait. */
  shorten(): void {
    const { hintTicks, random } = this.#timing;
    this.#timeout = Math.min(this.#timeout, this.#elapsed + hintTicks + 1 + Math.floor(random() * hintTicks));
  }
}
