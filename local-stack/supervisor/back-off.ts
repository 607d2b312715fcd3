/** How long a node that died waits before it is started again. */

/** Short enough that one death is hardly noticed. */
const FIRST_MS = 100;
/** Long enough that a node which cannot live leaves the machine to the others. */
const LONGEST_MS = 5_000;
/** Whoever lived that long died of something new. */
const FORGIVEN_AFTER_MS = 10_000;

export class BackOff {
  /** FIRST_MS <= next <= LONGEST_MS */
  #next = FIRST_MS;

  /** Milliseconds to wait, for a process that lived `lived` milliseconds. */
  after(lived: number): number {
    if (lived >= FORGIVEN_AFTER_MS) this.#next = FIRST_MS;
    const wait = this.#next;
    this.#next = Math.min(wait * 2, LONGEST_MS);
    return wait;
  }
}
