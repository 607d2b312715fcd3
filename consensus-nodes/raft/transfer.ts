/**
 * A leader on its way to hand over to another voter (dissertation, section 3.10): it takes nothing new, brings the other's log
 * up to its own last entry, and then tells it to stand at once. Who is told so needs no pre-vote, and its request for a vote is
 * not refused for the sake of the leader that is still heard, for it comes from that leader.
 */
import type { NodeId } from "./message.ts";

export class Transfer {
  readonly to: NodeId;
  #ticksLeft: number;
  /** The word is to be given, for the first time or, as it may have got lost, again. */
  #due = true;

  /** @param ticks after which it is given up: the other is gone, or too far behind. */
  constructor(to: NodeId, ticks: number) {
    this.to = to;
    this.#ticksLeft = ticks;
  }

  get expired(): boolean {
    return this.#ticksLeft <= 0;
  }

  tick(): void {
    this.#ticksLeft -= 1;
  }

  heartbeat(): void {
    this.#due = true;
  }

  /** Whether the word is to be given now. */
  take(isUpToDate: boolean): boolean {
    const due = this.#due && isUpToDate;
    if (due) this.#due = false;
    return due;
  }
}
